/* What models and data sets are called in the console's first line. */
#include "config/title.h"
#include "support/test.h"
#include <string.h>

static void says_what_the_file_is_of(void)
{
    static const struct {
        const char *path, *title;
    } cases[] = {
        {"yolov5n.yaml", "yolov5n"},
        {"models/hub/yolov5s-ghost.yml", "yolov5s-ghost"},
        {"/models/yolov5n.pt", "yolov5n"},
        {"/data/bccd/data.yaml", "bccd"},
        {"bccd/dataset.yaml", "bccd"},
        {"data.yaml", "data"},
        {"../data.yaml", "data"},
        {"/data.yaml", "data"},
        {"coco128.yaml", "coco128"},
        {"data/coco128.yaml", "coco128"},
        {"runs/train/exp3/weights/best.pt", "exp3/best"},
        {"weights/best.pt", "best"},
        {"exp/weights/epoch12.pt", "exp/epoch12"},
        {"/store/weights/yolov5s.pt", "yolov5s"},
        {"https://example.org/yolov5s.pt", "yolov5s"},
        {"cells.v2", "cells.v2"},
        {".pt", ".pt"},
        {"", ""},
    };
    char title[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_TEXT(yd_config_title(cases[i].path, title, sizeof title), cases[i].title);
}

static void is_cut_where_there_is_no_room(void)
{
    char title[6];
    CHECK_TEXT(yd_config_title("runs/exp3/weights/best.pt", title, sizeof title), "exp3/");
    char path[6000];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    CHECK(strlen(yd_config_title(path, title, sizeof title)) == sizeof title - 1);
}

static const yd_test_case cases[] = {
    {"says what the file is of", says_what_the_file_is_of},
    {"is cut where there is no room", is_cut_where_there_is_no_room},
};

TEST_MAIN(cases)
