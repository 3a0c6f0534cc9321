#include "image/boxes.h"
#include "base/file.h"
#include "image/draw.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char header[] = "class,x1,y1,x2,y2,confidence,name";
enum { LARGEST_FILE = 16 << 20, LARGEST_CLASS = 100000 };

void yd_boxes_format(const yd_box *boxes, size_t count, yd_text *out)
{
    yd_text_addf(out, "%s\n", header);
    for (size_t i = 0; i < count; i++) {
        const yd_box *box = &boxes[i];
        char name[4 * YD_BOX_NAME], confidence[32] = "";
        if (box->confidence >= 0) snprintf(confidence, sizeof confidence, "%.4g", (double)box->confidence);
        yd_text_addf(out, "%d,%.1f,%.1f,%.1f,%.1f,%s,%s\n", box->class, (double)box->x1, (double)box->y1,
                     (double)box->x2, (double)box->y2, confidence, yd_escape(name, sizeof name, box->name));
    }
}

/* The number before the next comma; *text is moved behind it. */
static bool take_number(char **text, double *value)
{
    char *comma = strchr(*text, ',');
    if (!comma) return false;
    *comma = '\0';
    bool good = yd_parse_double(*text, value) && fabs(*value) < 1e6;
    *text = comma + 1;
    return good;
}

static bool parse(char *line, yd_box *box)
{
    double numbers[5], confidence = -1;
    for (int i = 0; i < 5; i++)
        if (!take_number(&line, &numbers[i])) return false;
    if (*line != ',') {
        if (!take_number(&line, &confidence) || confidence < 0) return false;
    } else {
        line++;
    }
    if (numbers[0] < 0 || numbers[0] > LARGEST_CLASS) return false;
    *box = (yd_box){.class = (int)numbers[0],
                    .x1 = (float)numbers[1],
                    .y1 = (float)numbers[2],
                    .x2 = (float)numbers[3],
                    .y2 = (float)numbers[4],
                    .confidence = (float)confidence};
    yd_escape(box->name, sizeof box->name, line);
    return true;
}

static char *cut_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');
    *text = end ? end + 1 : line + strlen(line);
    if (end) *end = '\0';
    return line;
}

yd_status yd_boxes_read(const char *path, size_t limit, yd_vector *boxes, yd_error *error)
{
    char *data;
    size_t length;
    YD_TRY(yd_file_read(path, LARGEST_FILE, &data, &length, error));
    char *rest = data;
    yd_status status = YD_OK;
    if (strcmp(cut_line(&rest), header) != 0)
        status =
            yd_fail(error, YD_ERR_FORMAT, "%s: no list of boxes: it must begin with \"%s\"", path, header);
    while (status == YD_OK && *rest && boxes->count < limit) {
        yd_box box;
        if (parse(cut_line(&rest), &box) && !yd_vector_push(boxes, &box))
            status = yd_fail(error, YD_ERR_MEMORY, "%s: out of memory for its boxes", path);
    }
    free(data);
    return status;
}

bool yd_boxes_paths(const char *folder, const char *picture, char clean[4200], char boxes[4200])
{
    static const char *const endings[] = {"_labels", "_pred"};
    const char *dot = strrchr(picture, '.');
    int stem = dot ? (int)(dot - picture) : (int)strlen(picture), whole = stem;
    for (int i = 0; i < 2; i++) {
        int length = (int)strlen(endings[i]);
        if (stem > length && strncmp(picture + stem - length, endings[i], (size_t)length) == 0) {
            stem -= length;
            break;
        }
    }
    int wanted = snprintf(clean, 4200, "%s/pictures/%.*s.jpg", folder, stem, picture);
    int second = snprintf(boxes, 4200, "%s/pictures/%.*s.csv", folder, whole, picture);
    return wanted < 4200 && second < 4200;
}

static int pixel(double place, double size)
{
    return (int)lrint(fmin(fmax(place, -size), 2 * size));
}

static void draw_one(yd_image *image, const yd_box *box, const yd_boxes_look *look)
{
    static const yd_colour white = {225, 255, 255};
    yd_colour colour = yd_class_colour(box->class);
    int x1 = pixel((box->x1 - look->x) * look->scale_x, image->width);
    int x2 = pixel((box->x2 - look->x) * look->scale_x, image->width);
    int y1 = pixel((box->y1 - look->y) * look->scale_y, image->height);
    int y2 = pixel((box->y2 - look->y) * look->scale_y, image->height);
    yd_draw_rectangle(image, x1, y1, x2, y2, look->thickness, colour);
    if (look->text_size < 1) return;
    char caption[YD_BOX_NAME + 16];
    if (box->confidence >= 0)
        snprintf(caption, sizeof caption, "%s %.2f", box->name, (double)box->confidence);
    else
        snprintf(caption, sizeof caption, "%s", box->name);
    int width = yd_text_width(caption, look->text_size) + 2, height = YD_TEXT_HEIGHT * look->text_size;
    int y = y1 - height > 0 ? y1 - height : y1;
    yd_draw_fill(image, x1, y, x1 + width, y + height, colour);
    yd_draw_text(image, x1 + 1, y + look->text_size, caption, look->text_size, white);
}

void yd_boxes_draw(yd_image *image, const yd_box *boxes, size_t count, const yd_boxes_look *look)
{
    for (size_t i = 0; i < count; i++) draw_one(image, &boxes[i], look);
}
