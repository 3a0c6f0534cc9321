/* The run's pictures: all of them small, or one large, or two side by side. They are made elsewhere
 * (picture/darkroom.h); here is only decided which are wanted, and where. */
#include "base/file.h"
#include "base/text.h"
#include "tui/gallery.h"
#include "tui/picture/darkroom.h"
#include "tui/screens/screen.h"
#include "tui/show.h"
#include <stdio.h>
#include <string.h>

#define LOOK_NS  2000000000LL /* a folder that other programs write to is looked at so often */
#define STALE_NS 400000000LL  /* a picture stays so long while the next one is made */

/* The last print of a place, which stands until the next is there. */
typedef struct standing {
    yd_print *print; /* held; NULL: none */
    int x, y;
    char name[YD_ALBUM_NAME];
    yd_rect room;
    int64_t shown_ns;
} standing;

typedef struct memory {
    yd_darkroom *darkroom; /* NULL: not opened yet */
    bool failed;
    bool alone;                 /* one picture, or two, and not all of them */
    bool chosen_by_hand;        /* else the newest is followed */
    bool no_boxes;              /* boxes that are kept apart are left out */
    char chosen[YD_ALBUM_NAME]; /* raw */
    char pinned[YD_ALBUM_NAME]; /* at the left; empty: none */
    yd_view view;               /* of both */
    int top;                    /* the first row of small pictures */
    int64_t looked_ns;
    uint64_t pictures; /* that the engine had written when the folder was looked at */
    standing standing[2];
    /* as drawn last */
    yd_gallery gallery;
    yd_room room; /* of the chosen picture */
    int width, height;
    int drag_x, drag_y;
} memory;

static const yd_album *album_of(const memory *own)
{
    return own->darkroom ? yd_darkroom_album(own->darkroom) : NULL;
}

static int count_of(const memory *own)
{
    const yd_album *album = album_of(own);
    return album ? yd_album_count(album) : 0;
}

/* The index of what is chosen; the newest where it is followed, or what was chosen has gone. */
static int chosen_of(const memory *own)
{
    const yd_album *album = album_of(own);
    int found = album && own->chosen_by_hand ? yd_album_find(album, own->chosen) : 0;
    return found > 0 ? found : 0;
}

static void choose(memory *own, int index)
{
    int count = count_of(own);
    if (count == 0) return;
    index = index < 0 ? 0 : index >= count ? count - 1 : index;
    yd_copy_text(own->chosen, sizeof own->chosen, yd_album_at(album_of(own), index)->name);
    own->chosen_by_hand = true;
}

/* ---- drawing ---- */

static void draw_message(const yd_canvas *canvas, yd_style style, const char *message)
{
    int width = yd_canvas_text_width(canvas, message), x = (canvas->width - width) / 2;
    yd_canvas_text_cut(canvas, x > 0 ? x : 0, canvas->height / 2, canvas->width, style, message);
}

static yd_order order_of(const yd_screen_context *context, const yd_album_entry *file,
                         const yd_canvas *canvas)
{
    const yd_graphics_mode *mode = &context->services->graphics;
    const memory *own = context->memory;
    return (yd_order){
        .file = *file,
        .room = {canvas->width, canvas->height, mode->cell_width, mode->cell_height},
        .mode = *mode,
        .boxes = !own->no_boxes,
    };
}

static const yd_copy *draw_small(const yd_screen_context *context, const yd_album_entry *file,
                                 const yd_canvas *canvas)
{
    memory *own = context->memory;
    yd_order order = order_of(context, file, canvas);
    const yd_copy *copy = yd_darkroom_order(own->darkroom, &order);
    if (!copy)
        yd_canvas_put(canvas, canvas->width / 2, canvas->height / 2, canvas->glyphs->ellipsis, YD_STYLE_DIM);
    else if (!copy->print || !yd_canvas_picture(canvas, copy->shot.cells.x, copy->shot.cells.y, copy->print))
        yd_canvas_text_cut(canvas, 0, canvas->height / 2, canvas->width, YD_STYLE_BAD,
                           copy->print ? "no room" : copy->message);
    return copy;
}

static void draw_gallery(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    const yd_album *album = album_of(own);
    const yd_graphics_mode *mode = &context->services->graphics;
    int count = yd_album_count(album), chosen = chosen_of(own);
    own->gallery =
        yd_gallery_layout(canvas->width, canvas->height, count, mode->cell_width, mode->cell_height);
    own->top = yd_gallery_scroll(&own->gallery, own->top, chosen);
    int first = own->top * own->gallery.columns, room = own->gallery.rows * own->gallery.columns;
    for (int i = 0; i < room && first + i < count; i++) {
        const yd_album_entry *file = yd_album_at(album, first + i);
        char name[4 * YD_ALBUM_NAME];
        yd_rect place = yd_gallery_place(&own->gallery, i);
        yd_canvas part = yd_canvas_part(canvas, place);
        bool here = first + i == chosen;
        draw_small(context, file, &part);
        int y = place.y + place.height;
        if (here) yd_canvas_put(canvas, place.x, y, canvas->glyphs->pointer, YD_STYLE_KEY);
        yd_canvas_text_cut(canvas, place.x + 2, y, place.width - 2, here ? YD_STYLE_SELECTED : YD_STYLE_TEXT,
                           yd_escape(name, sizeof name, file->name));
        if (here && context->cursor) *context->cursor = (yd_cursor){place.x + 2, y};
    }
}

static void let_go(standing *last)
{
    yd_print_release(last->print);
    last->print = NULL;
}

/* What stood here stands on while its successor is made: briefly, or as long as it takes where it is the same
 * picture, nearer or further away. */
static bool draw_standing(const yd_screen_context *context, standing *last, const char *name,
                          const yd_canvas *canvas)
{
    bool same_room = last->room.width == canvas->width && last->room.height == canvas->height &&
                     last->room.x == canvas->left && last->room.y == canvas->top;
    bool same = strcmp(last->name, name) == 0 || context->now_ns - last->shown_ns < STALE_NS;
    if (!last->print || !same_room || !same) {
        let_go(last);
        return false;
    }
    return yd_canvas_picture(canvas, last->x, last->y, last->print);
}

static void stand(const yd_screen_context *context, standing *last, const char *name, const yd_copy *copy,
                  const yd_canvas *canvas)
{
    if (last->print != copy->print) {
        let_go(last);
        last->print = yd_print_hold(copy->print);
    }
    last->x = copy->shot.cells.x;
    last->y = copy->shot.cells.y;
    last->room = (yd_rect){canvas->left, canvas->top, canvas->width, canvas->height};
    last->shown_ns = context->now_ns;
    yd_copy_text(last->name, sizeof last->name, name);
}

static const yd_copy *draw_large(const yd_screen_context *context, const yd_album_entry *file, standing *last,
                                 const yd_canvas *canvas)
{
    memory *own = context->memory;
    yd_order order = order_of(context, file, canvas);
    order.view = own->view;
    const yd_copy *copy = yd_darkroom_order(own->darkroom, &order);
    if (copy && copy->print &&
        yd_canvas_picture(canvas, copy->shot.cells.x, copy->shot.cells.y, copy->print)) {
        stand(context, last, file->name, copy, canvas);
    } else if (copy) {
        let_go(last);
        draw_message(canvas, YD_STYLE_BAD, copy->message);
    } else if (!draw_standing(context, last, file->name, canvas)) {
        draw_message(canvas, YD_STYLE_DIM, "reading");
    }
    return copy;
}

/* The neighbours are made while this one is looked at. */
static void order_neighbours(const yd_screen_context *context, int index, const yd_canvas *canvas)
{
    memory *own = context->memory;
    for (int step = 1; step >= -1; step -= 2) {
        const yd_album_entry *file = yd_album_at(album_of(own), index + step);
        if (!file) continue;
        yd_order order = order_of(context, file, canvas);
        order.view = own->view;
        yd_darkroom_order(own->darkroom, &order);
    }
}

static void caption(const yd_canvas *canvas, const yd_album_entry *file, const yd_copy *copy)
{
    char name[4 * YD_ALBUM_NAME], time[16], about[160] = "";
    yd_escape(name, sizeof name, file->name);
    if (copy && copy->width)
        snprintf(about, sizeof about, "%d x %d, %.0f%%", copy->width, copy->height, copy->shot.scale * 100);
    int end = yd_canvas_text_right(canvas, canvas->width, 0, YD_STYLE_DIM,
                                   yd_show_clock(time, sizeof time, file->changed_ns));
    int x = yd_canvas_text_cut(canvas, 0, 0, end - 1, YD_STYLE_VALUE, name);
    yd_canvas_text_cut(canvas, x + 2, 0, end - x - 3, YD_STYLE_DIM, about);
}

/* A picture with its caption above. */
static const yd_copy *draw_side(const yd_screen_context *context, const yd_album_entry *file, int side,
                                const yd_canvas *canvas)
{
    memory *own = context->memory;
    yd_canvas above = yd_canvas_part(canvas, (yd_rect){0, 0, canvas->width, 1});
    yd_canvas below = yd_canvas_part(canvas, (yd_rect){0, 1, canvas->width, canvas->height - 1});
    const yd_copy *copy = draw_large(context, file, &own->standing[side], &below);
    caption(&above, file, copy);
    if (side == 1) {
        const yd_graphics_mode *mode = &context->services->graphics;
        own->room = (yd_room){below.width, below.height, mode->cell_width, mode->cell_height};
        own->width = copy ? copy->width : 0;
        own->height = copy ? copy->height : 0;
        if (copy) order_neighbours(context, chosen_of(own), &below);
    }
    return copy;
}

static const yd_copy *draw_alone(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    const yd_album *album = album_of(own);
    int pinned = own->pinned[0] ? yd_album_find(album, own->pinned) : -1;
    yd_canvas right = *canvas;
    if (pinned >= 0) {
        int half = (canvas->width - 1) / 2;
        yd_canvas left = yd_canvas_part(canvas, (yd_rect){0, 0, half, canvas->height});
        right = yd_canvas_part(canvas, (yd_rect){canvas->width - half, 0, half, canvas->height});
        draw_side(context, yd_album_at(album, pinned), 0, &left);
    } else {
        let_go(&own->standing[0]);
    }
    return draw_side(context, yd_album_at(album, chosen_of(own)), 1, &right);
}

static void draw_title(const yd_screen_context *context, const yd_canvas *canvas, const yd_copy *copy)
{
    const memory *own = context->memory;
    const yd_services *services = context->services;
    const char *boxes = "";
    int count = count_of(own);
    if (copy && copy->apart) boxes = own->no_boxes ? ", boxes hidden" : ", boxes shown";
    char by[96];
    snprintf(by, sizeof by, "%s%s", yd_graphics_name(services->graphics.graphics),
             services->graphics_open ? ", asking" : "");
    int end = yd_canvas_text_right(canvas, canvas->width - 1, 0, YD_STYLE_DIM, by);
    char text[160];
    snprintf(text, sizeof text, "%d of %d pictures%s%s", count ? chosen_of(own) + 1 : 0, count, boxes,
             own->chosen_by_hand ? "" : ", following the newest");
    yd_canvas_text_cut(canvas, 1, 0, end - 2, YD_STYLE_DIM, text);
}

/* Where no picture can be shown: what there is, by name. */
static void draw_names(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    int count = count_of(own), chosen = chosen_of(own), rows = canvas->height - 1;
    own->gallery =
        (yd_gallery){.columns = 1, .rows = rows > 0 ? rows : 1, .step_x = canvas->width, .step_y = 1};
    own->top = yd_gallery_scroll(&own->gallery, own->top, chosen);
    yd_canvas_text_cut(canvas, 1, 0, canvas->width - 2, YD_STYLE_NOTICE,
                       "no pictures on this terminal (--graphics says otherwise); the files:");
    for (int i = 0; i < rows && own->top + i < count; i++) {
        const yd_album_entry *file = yd_album_at(album_of(own), own->top + i);
        char name[4 * YD_ALBUM_NAME], time[16], bytes[32];
        int x = yd_canvas_text(canvas, 3, i + 1, YD_STYLE_DIM,
                               yd_show_clock(time, sizeof time, file->changed_ns));
        x = yd_canvas_textf(canvas, x + 2, i + 1, YD_STYLE_DIM, "%8s",
                            yd_show_bytes(bytes, sizeof bytes, file->bytes));
        bool here = own->top + i == chosen;
        if (here) yd_canvas_put(canvas, 1, i + 1, canvas->glyphs->pointer, YD_STYLE_KEY);
        yd_canvas_text_cut(canvas, x + 2, i + 1, canvas->width - x - 3,
                           here ? YD_STYLE_SELECTED : YD_STYLE_TEXT,
                           yd_escape(name, sizeof name, file->name));
    }
}

static void wake(const void *services)
{
    yd_services_wake(services);
}

/* False, with the reason drawn, where there is nothing to look at. */
static bool prepare(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    const yd_services *services = context->services;
    if (!services->run_folder[0]) {
        draw_message(canvas, YD_STYLE_DIM, "no run is open");
        return false;
    }
    if (!own->darkroom && !own->failed) {
        own->failed = yd_darkroom_open(services->run_folder, wake, services, &own->darkroom, NULL) != YD_OK;
        own->looked_ns = context->now_ns;
        own->pictures = context->view->pictures;
    }
    const yd_album *album = album_of(own);
    if (own->failed)
        draw_message(canvas, YD_STYLE_BAD, "no memory or no thread for pictures");
    else if (!album)
        draw_message(canvas, YD_STYLE_DIM, "looking for pictures");
    else if (!album->readable)
        draw_message(canvas, YD_STYLE_BAD, "the run folder cannot be read");
    else if (yd_album_count(album) == 0)
        draw_message(canvas, YD_STYLE_DIM,
                     "no pictures yet: training writes the first ones with its first batches");
    else
        return true;
    return false;
}

static void draw(const yd_screen_context *context, const yd_canvas *canvas)
{
    memory *own = context->memory;
    const yd_copy *copy = NULL;
    if (!prepare(context, canvas)) return;
    yd_canvas title = yd_canvas_part(canvas, (yd_rect){0, 0, canvas->width, 1});
    yd_canvas body = yd_canvas_part(canvas, (yd_rect){0, 1, canvas->width, canvas->height - 1});
    yd_darkroom_begin(own->darkroom);
    if (context->services->graphics.graphics == YD_GRAPHICS_NONE)
        draw_names(context, &body);
    else if (own->alone)
        copy = draw_alone(context, &body);
    else
        draw_gallery(context, &body);
    yd_darkroom_end(own->darkroom);
    draw_title(context, &title, copy);
}

/* ---- acting ---- */

static bool is_zoomed(const memory *own)
{
    return own->alone && own->view.zoom > 0;
}

static void pan(memory *own, int right, int down)
{
    if (own->width) yd_view_pan(&own->view, right, down, own->width, own->height, &own->room);
}

static void zoom(memory *own, int steps)
{
    if (!own->alone) {
        own->alone = true;
        own->view = (yd_view){0};
    } else if (own->width) {
        yd_view_zoom(&own->view, steps, own->width, own->height, &own->room);
    }
}

static void move(memory *own, int right, int down)
{
    int row = own->alone || !own->gallery.columns ? 1 : own->gallery.columns;
    if (is_zoomed(own))
        pan(own, 2 * right, 2 * down);
    else
        choose(own, chosen_of(own) + right + down * row);
}

static void pin(const yd_screen_context *context)
{
    memory *own = context->memory;
    const yd_album_entry *file = count_of(own) ? yd_album_at(album_of(own), chosen_of(own)) : NULL;
    if (own->pinned[0] || !file) {
        own->pinned[0] = '\0';
        return;
    }
    yd_copy_text(own->pinned, sizeof own->pinned, file->name);
    own->alone = true;
    choose(own, chosen_of(own) + 1 < count_of(own) ? chosen_of(own) + 1 : chosen_of(own) - 1);
    yd_services_say(context->services, YD_STYLE_NOTICE,
                    "kept at the left; the next ones stand beside it (m: alone)");
}

static void toggle_boxes(const yd_screen_context *context)
{
    memory *own = context->memory;
    own->no_boxes = !own->no_boxes;
    yd_services_say(context->services, YD_STYLE_NOTICE, "boxes are %s, in pictures that keep them apart",
                    own->no_boxes ? "hidden" : "shown");
}

static void copy_path(const yd_screen_context *context)
{
    const memory *own = context->memory;
    char path[4400];
    if (count_of(own) && yd_path_join(path, sizeof path, context->services->run_folder,
                                      yd_album_at(album_of(own), chosen_of(own))->name))
        yd_services_copy(context->services, path);
}

static void look_at(memory *own, yd_action action)
{
    switch (action) {
    case YD_ACTION_NEARER:
        zoom(own, 1);
        break;
    case YD_ACTION_FARTHER:
        zoom(own, -1);
        break;
    case YD_ACTION_FIT:
        own->view = (yd_view){0};
        break;
    case YD_ACTION_REAL_SIZE:
        own->alone = true;
        own->view = (yd_view){.zoom = 1};
        break;
    case YD_ACTION_LEFT:
        move(own, -1, 0);
        break;
    case YD_ACTION_RIGHT:
        move(own, 1, 0);
        break;
    case YD_ACTION_UP:
        move(own, 0, -1);
        break;
    case YD_ACTION_DOWN:
        move(own, 0, 1);
        break;
    default:
        break;
    }
}

static void act(const yd_screen_context *context, yd_action action)
{
    memory *own = context->memory;
    switch (action) {
    case YD_ACTION_ACTIVATE:
        own->alone = !own->alone;
        own->view = (yd_view){0};
        break;
    case YD_ACTION_BACK:
        own->alone = false;
        own->pinned[0] = '\0';
        own->view = (yd_view){0};
        break;
    case YD_ACTION_PICTURE_NEXT:
        choose(own, chosen_of(own) + 1);
        break;
    case YD_ACTION_PICTURE_PREVIOUS:
        choose(own, chosen_of(own) - 1);
        break;
    case YD_ACTION_FIRST:
        own->chosen_by_hand = false;
        break;
    case YD_ACTION_LAST:
        choose(own, count_of(own) - 1);
        break;
    case YD_ACTION_BOXES:
        toggle_boxes(context);
        break;
    case YD_ACTION_PIN:
        pin(context);
        break;
    case YD_ACTION_COPY:
        copy_path(context);
        break;
    default:
        look_at(own, action);
    }
}

static bool mouse_on_gallery(memory *own, const yd_mouse *mouse)
{
    if (mouse->kind == YD_MOUSE_WHEEL) {
        choose(own, chosen_of(own) + (mouse->button > 0 ? own->gallery.columns : -own->gallery.columns));
        return true;
    }
    int index = mouse->kind == YD_MOUSE_PRESS ? yd_gallery_hit(&own->gallery, mouse->x, mouse->y - 1) : -1;
    int first = own->top * own->gallery.columns;
    if (index < 0 || first + index >= count_of(own)) return false;
    if (own->chosen_by_hand && first + index == chosen_of(own)) own->alone = true;
    choose(own, first + index);
    return true;
}

static bool mouse(const yd_screen_context *context, const yd_mouse *event)
{
    memory *own = context->memory;
    if (count_of(own) == 0) return false;
    if (!own->alone) return mouse_on_gallery(own, event);
    if (event->kind == YD_MOUSE_WHEEL) {
        zoom(own, event->button < 0 ? 1 : -1);
        return true;
    }
    if (event->kind == YD_MOUSE_DRAG && own->width) {
        double scale = yd_view_shot(&own->view, own->width, own->height, &own->room).scale;
        own->view.x -= (event->x - own->drag_x) * own->room.cell_width / scale / own->width;
        own->view.y -= (event->y - own->drag_y) * own->room.cell_height / scale / own->height;
        pan(own, 0, 0);
    }
    own->drag_x = event->x;
    own->drag_y = event->y;
    return true;
}

/* ---- time ---- */

static bool tick(const yd_screen_context *context)
{
    memory *own = context->memory;
    if (!own->darkroom) return false;
    bool fresh = own->pictures != context->view->pictures;
    if (fresh || context->now_ns - own->looked_ns >= LOOK_NS) {
        own->pictures = context->view->pictures;
        own->looked_ns = context->now_ns;
        yd_darkroom_look(own->darkroom);
    }
    return yd_darkroom_collect(own->darkroom);
}

static void end(const yd_screen_context *context)
{
    memory *own = context->memory;
    for (int i = 0; i < 2; i++) let_go(&own->standing[i]);
    yd_darkroom_close(own->darkroom);
    own->darkroom = NULL;
}

const yd_screen yd_screen_images = {.tab_key = '3',
                                    .name = "Images",
                                    .place = YD_BINDING_IMAGES,
                                    .max_fps = 10,
                                    .memory = sizeof(memory),
                                    .draw = draw,
                                    .act = act,
                                    .mouse = mouse,
                                    .tick = tick,
                                    .end = end};
