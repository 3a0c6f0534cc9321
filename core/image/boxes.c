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

/* ---- drawing ---- */

static int pixel(double place, double size)
{
    return (int)lrint(fmin(fmax(place, -size), 2 * size));
}

/* A box's corners in the picture that is drawn on. */
typedef struct corners {
    int x1, y1, x2, y2;
} corners;

static corners find_corners(const yd_image *image, const yd_box *box, const yd_boxes_look *look)
{
    return (corners){pixel((box->x1 - look->x) * look->scale_x, image->width),
                     pixel((box->y1 - look->y) * look->scale_y, image->height),
                     pixel((box->x2 - look->x) * look->scale_x, image->width),
                     pixel((box->y2 - look->y) * look->scale_y, image->height)};
}

static bool overlap(const yd_area *a, const yd_area *b)
{
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static bool is_free(const yd_vector *taken, const yd_area *area)
{
    for (size_t i = 0; i < taken->count; i++)
        if (overlap(&YD_AT(yd_area, taken, i), area)) return false;
    return true;
}

static double clamp(double value, double low, double high)
{
    return value > high ? fmax(low, high) : fmax(value, low);
}

/* The tile that a caption of this box belongs to. */
static yd_area tile_of(const yd_image *image, const corners *at, const yd_boxes_look *look)
{
    yd_area tile = {0, 0, image->width, image->height};
    if (look->tile_width <= 0 || look->tile_height <= 0) return tile;
    const int column = (int)fmax(at->x1, 0) / look->tile_width,
              row = (int)fmax(at->y1, 0) / look->tile_height;
    tile.left = (double)column * look->tile_width, tile.top = (double)row * look->tile_height;
    tile.right = tile.left + look->tile_width, tile.bottom = tile.top + look->tile_height;
    return tile;
}

/* The first of the places at a box's corners where a caption of this size covers no other. */
static bool find_room(const yd_area *tile, const corners *at, double width, double height,
                      const yd_vector *taken, yd_area *room)
{
    const yd_place places[] = {{at->x1, at->y1 - height},
                               {at->x1, at->y1},
                               {at->x1, at->y2},
                               {at->x2 - width, at->y1 - height},
                               {at->x2 - width, at->y2 - height},
                               {at->x2 - width, at->y2}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        double x = clamp(places[i].x, tile->left, tile->right - width),
               y = clamp(places[i].y, tile->top, tile->bottom - height);
        *room = (yd_area){x, y, x + width, y + height};
        if (is_free(taken, room)) return true;
    }
    return false;
}

/* Black or white, whichever is told better from it. */
static yd_colour readable_on(yd_colour colour)
{
    static const yd_colour black = {0, 0, 0}, white = {255, 255, 255};
    return 299 * colour.red + 587 * colour.green + 114 * colour.blue > 150 * 1000 ? black : white;
}

static void caption(yd_sheet *sheet, const yd_image *image, const yd_box *box, const yd_boxes_look *look,
                    yd_vector *taken)
{
    char text[YD_BOX_NAME + 16];
    const corners at = find_corners(image, box, look);
    const yd_area tile = tile_of(image, &at, look);
    yd_colour colour = yd_class_colour(box->class);
    const yd_lettering how = {.size = look->text_size,
                              .colour = readable_on(colour),
                              .anchor = {0.5, 0.5},
                              .widest = tile.right - tile.left - 4};
    if (at.x2 <= 0 || at.y2 <= 0 || at.x1 >= image->width || at.y1 >= image->height) return;
    if (box->confidence >= 0)
        snprintf(text, sizeof text, "%s %.*f", box->name, look->decimals, (double)box->confidence);
    else
        snprintf(text, sizeof text, "%s", box->name);
    double width = ceil(yd_sheet_text_width(sheet, text, &how)) + 4,
           height = ceil(yd_sheet_line_height(look->text_size));
    yd_area room;
    if (!find_room(&tile, &at, width, height, taken, &room) || !yd_vector_push(taken, &room)) return;
    yd_sheet_tile(sheet, room, colour);
    yd_sheet_text(sheet, (yd_place){(room.left + room.right) / 2, (room.top + room.bottom) / 2}, text, &how);
}

yd_status yd_boxes_draw(yd_image *image, const yd_box *boxes, size_t count, const yd_boxes_look *look,
                        yd_error *error)
{
    yd_sheet *sheet;
    yd_vector taken = {.size = sizeof(yd_area)};
    yd_image drawn;
    for (size_t i = 0; i < count; i++) {
        const corners at = find_corners(image, &boxes[i], look);
        yd_draw_rectangle(image, at.x1, at.y1, at.x2, at.y2, look->thickness,
                          yd_class_colour(boxes[i].class));
    }
    if (look->text_size <= 0 || count == 0) return YD_OK;
    YD_TRY(yd_sheet_create_on(image, &sheet, error));
    for (int i = 0; i < look->kept_count; i++)
        yd_vector_push(&taken, &look->kept[i]); /* without memory it is covered */
    for (size_t i = 0; i < count; i++) caption(sheet, image, &boxes[i], look, &taken);
    yd_status status = yd_sheet_picture(sheet, &drawn, error);
    if (status == YD_OK) {
        memcpy(image->pixels, drawn.pixels, yd_image_bytes(image));
        yd_image_free(&drawn);
    }
    yd_sheet_destroy(sheet);
    yd_vector_free(&taken);
    return status;
}
