/* The command line of train.py, presets over it, opt.yaml and --resume. */
#include "base/file.h"
#include "base/log.h"
#include "config/options.h"
#include "config/run_folder.h"
#include "support/test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yd_arena *arena;
static char logged[4096];

static void keep_log(void *context, yd_log_level level, const char *line)
{
    (void)context, (void)level;
    size_t used = strlen(logged);
    snprintf(logged + used, sizeof logged - used, "%s\n", line);
}

/* Parses words separated by blanks; '' is an empty word. */
static yd_status parse_for(yd_for command, const char *line, yd_options *options, yd_error *error)
{
    char *argv[64] = {"command"};
    int argc = 1;
    char *copy = yd_arena_strdup(arena, line), *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = strcmp(word, "''") == 0 ? "" : word;
    char **kept = yd_arena_alloc(arena, (size_t)argc + 1, sizeof *kept);
    memcpy(kept, argv, (size_t)argc * sizeof *kept);
    return yd_options_parse(command, argc, kept, arena, options, error);
}

static yd_options good_for(yd_for command, const char *line)
{
    yd_options options;
    yd_error error = {0};
    if (parse_for(command, line, &options, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s: %s", line, error.message);
    return options;
}

static yd_options good(const char *line)
{
    return good_for(YD_FOR_TRAIN, line);
}

static void check_refused(const char *line, const char *wanted)
{
    yd_options options;
    yd_error error = {0};
    CHECK(parse_for(YD_FOR_TRAIN, line, &options, &error) == YD_ERR_USAGE);
    CHECK_TEXT(error.message, wanted);
}

static yd_preset preset_called(const char *name)
{
    yd_preset preset;
    yd_error error = {0};
    if (yd_preset_load(name, arena, &preset, &error) != YD_OK)
        yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
    return preset;
}

static void check_word_lists(void)
{
    yd_options o = good_for(YD_FOR_VAL, "--task study");
    CHECK(o.val_weights.count == 1);
    CHECK_TEXT(o.val_weights.values[0], "yolov5s.pt");
    o = good_for(YD_FOR_VAL, "--weights a.pt b.pt -1 --data d.yaml");
    CHECK(o.val_weights.count == 3);
    CHECK_TEXT(o.val_weights.values[1], "b.pt");
    CHECK_TEXT(o.data, "d.yaml");
    o = good_for(YD_FOR_VAL, "--weights a.pt b.pt --weights c.pt"); /* the last wins */
    CHECK(o.val_weights.count == 1);
    o = good_for(YD_FOR_VAL, "--weights=a.pt b.pt"); /* one value behind "=" */
    CHECK(o.val_weights.count == 1 && o.word_count == 1);
    o = good("--set a=1 --set b=2"); /* given once for each */
    CHECK(o.set.count == 2);
}

static void test_forms(void)
{
    yd_options o = good("--epochs 3 --batch-size=8 --save_period -1 --weights '' --name=a=b");
    CHECK(o.epochs == 3 && o.batch_size == 8 && o.save_period == -1);
    CHECK_TEXT(o.weights, "");
    CHECK_TEXT(o.name, "a=b");
    CHECK(o.given[YD_OPT_epochs] && o.given[YD_OPT_weights] && !o.given[YD_OPT_seed]);
    o = good("--batch 16 --img 320 --ep 2 --exist_ok --label_smoothing .1");
    CHECK(o.batch_size == 16 && o.img_size.count == 1 && o.img_size.values[0] == 320 && o.epochs == 2);
    CHECK(o.exist_ok && o.label_smoothing == .1 && yd_options_val_size(&o) == 320);
    o = good("--img-size 640 320 --imgsz 416 --epochs 2 --epochs 4"); /* the last wins, lists too */
    CHECK(o.img_size.count == 1 && o.img_size.values[0] == 416 && o.epochs == 4);
    o = good("--img 640 320 --freeze 0 3 5 --noval");
    CHECK(o.img_size.count == 2 && yd_options_val_size(&o) == 320);
    CHECK(o.freeze.count == 3 && o.freeze.values[2] == 5 && o.noval);
    check_word_lists();
    CHECK(good("--notest").noval && !good("--notest --no-noval").noval);
    CHECK(good("--nosave").nosave && !good("").nosave && good("").tui && !good("--no-tui").tui);
}

static void test_defaults(void)
{
    yd_options o = good("");
    CHECK_TEXT(o.project, "runs/train");
    CHECK_TEXT(o.name, "exp");
    CHECK_TEXT(o.preset, "v7");
    CHECK_TEXT(o.optimizer, "SGD");
    CHECK(!o.resume && !o.cache && o.save_period == -1 && o.freeze.count == 1 && o.freeze.values[0] == 0);
    o = good_for(YD_FOR_VAL, "--json out.json --task test");
    CHECK_TEXT(o.json_file, "out.json");
    CHECK_TEXT(o.project, "runs/val");
    CHECK(o.conf_thres == .001 && o.iou_thres == .6 && o.max_det == 300 && o.batch_size == 32 && !o.json);
    CHECK(good_for(YD_FOR_TRAIN, "--json").json);
}

static void test_optional_values(void)
{
    CHECK_TEXT(good("--resume").resume, "");
    CHECK_TEXT(good("--resume --no-tui").resume, "");
    CHECK_TEXT(good("--resume runs/train/exp3").resume, "runs/train/exp3");
    CHECK_TEXT(good("--resume=x.pt").resume, "x.pt");
    CHECK_TEXT(good("--cache").cache, "ram");
    CHECK_TEXT(good("--cache-images --nosave").cache, "ram");
    CHECK_TEXT(good("--cache ram").cache, "ram");
    CHECK_TEXT(good("--cache disk").cache, "disk");
    CHECK_TEXT(good("--evolve").evolve, "300");
    CHECK_TEXT(good("--evolve 7").evolve, "7");
    CHECK_TEXT(good("--upload_dataset").upload_dataset, "true");
    CHECK_TEXT(good("--upload_dataset val").upload_dataset, "val");
    CHECK_TEXT(good("--adam").optimizer, "Adam");
    CHECK_TEXT(good("--ada").optimizer, "Adam");
    CHECK_TEXT(good("--adam --optimizer AdamW").optimizer, "AdamW");
}

static void test_words(void)
{
    yd_options o = good_for(YD_FOR_CTL, "exp3 set save_period -1 --timeout 5 -- --x");
    CHECK(o.word_count == 5 && o.timeout == 5);
    CHECK_TEXT(o.words[0], "exp3");
    CHECK_TEXT(o.words[3], "-1");
    CHECK_TEXT(o.words[4], "--x");
    o = good_for(YD_FOR_INFO, "--img-size 320 model.yaml --json");
    CHECK(o.img_size.count == 1 && o.img_size.values[0] == 320 && o.word_count == 1 && o.json);
}

static void test_help_ends(void)
{
    CHECK(good("--epochs 3 --help --nonsense").help);
    CHECK(good("-h").help);
}

static void test_refused(void)
{
    check_refused("--bach-size 4", "unknown option --bach-size; did you mean --batch-size?");
    check_refused("--bach_size=4", "unknown option --bach_size; did you mean --batch-size?");
    check_refused("--no-save", "unknown option --no-save; did you mean --nosave?");
    check_refused("-epochs 3", "unknown option -epochs; did you mean --epochs?");
    check_refused("--zzzzzzzzzzzz", "unknown option --zzzzzzzzzzzz");
    check_refused("--conf-thres 0.1", "unknown option --conf-thres"); /* val's alone */
    check_refused("--e 3", "--e may be any of --epochs, --evolve, --exist-ok, --entity");
    check_refused("--no",
                  "--no may be any of --no-rect, --nosave, --no-nosave, --noval, --no-noval, --noautoanchor, "
                  "…");
    check_refused("--epochs", "--epochs needs a value");
    check_refused("--epochs --nosave", "--epochs needs a value");
    check_refused("--epochs ten", "--epochs must be a whole number in [1, 1000000], found \"ten\"");
    check_refused("--epochs 0", "--epochs must be a whole number in [1, 1000000], found \"0\"");
    check_refused("--ep 2.5", "--epochs must be a whole number in [1, 1000000], found \"2.5\"");
    check_refused("--epochs 99999999999999999999",
                  "--epochs must be a whole number in [1, 1000000], found \"99999999999999999999\"");
    check_refused("--label-smoothing 1", "--label-smoothing must be a number in [0, 1), found \"1\"");
    check_refused("--label-smoothing nan", "--label-smoothing must be a number in [0, 1), found \"nan\"");
    check_refused("--img 1 2 3", "--img must be 1 to 2 whole numbers in [1, 16384], found \"3\"");
    check_refused("--img x", "--img must be 1 to 2 whole numbers in [1, 16384], found \"x\"");
    check_refused("--optimizer Adamw", "--optimizer must be one of SGD|Adam|AdamW, found \"Adamw\"");
    check_refused("--adam=1", "--adam takes no value, found \"1\"");
    check_refused("--cache tape", "--cache must be one of ram|disk, found \"tape\"");
    check_refused("--evolve 0", "--evolve must be a whole number in [1, 1000000], found \"0\"");
    check_refused("--evolve many", "--evolve must be a whole number in [1, 1000000], found \"many\"");
    check_refused("--nosave=yes", "--nosave takes no value, found \"yes\"");
    check_refused("--batch-size -2", "--batch-size must be a whole number in [-1, 65536], found \"-2\"");
}

static void test_presets(void)
{
    yd_preset v7 = preset_called("v7"), seed = preset_called("seed");
    yd_error error = {0};
    yd_options o = good("--epochs 7");
    REQUIRE(yd_options_apply_preset(&o, &v7, &error) == YD_OK);
    CHECK(o.epochs == 7 && o.batch_size == 16 && !o.cos_lr && o.patience == 100 && o.workers == 8);
    CHECK_TEXT(o.hyp, "hyp.scratch-low.yaml");
    o = good("--epochs 7");
    REQUIRE(yd_options_apply_preset(&o, &seed, &error) == YD_OK);
    CHECK(o.epochs == 7 && o.batch_size == 4 && o.cos_lr && o.patience == 0 && o.workers == 0 &&
          o.multi_scale);
    CHECK(o.img_size.count == 2 && o.image_weights);
    CHECK_TEXT(o.cfg, "models/yolov5s.yaml");
    o = good("--linear-lr --patience 5"); /* by hand, against both defaults of the seed */
    REQUIRE(yd_options_apply_preset(&o, &seed, &error) == YD_OK);
    CHECK(!o.cos_lr && o.patience == 5);
    o = good("--no-linear-lr");
    REQUIRE(yd_options_apply_preset(&o, &v7, &error) == YD_OK);
    CHECK(o.cos_lr);
    o = good_for(YD_FOR_VAL, "");
    REQUIRE(yd_options_apply_preset(&o, &seed, &error) == YD_OK);
    CHECK(o.batch_size == 32 && o.img_size.count == 1); /* val has its own */
    CHECK_TEXT(o.data, "data/VOC.yaml");
}

static yd_hyp some_hyp(void)
{
    yd_hyp hyp = {.lr0 = .01, .lrf = .2};
    hyp.present[YD_HYP_lr0] = hyp.present[YD_HYP_lrf] = true;
    return hyp;
}

static const char *written(const yd_options *options, const yd_preset *preset, char path[YD_PATH_MAX])
{
    static yd_text text;
    yd_error error;
    yd_hyp hyp = some_hyp();
    yd_text_clear(&text);
    REQUIRE(yd_options_write(options, preset, &hyp, &text, &error) == YD_OK);
    REQUIRE(yd_path_join(path, YD_PATH_MAX, yd_test_folder(), "opt.yaml"));
    REQUIRE(yd_file_write(path, text.data, text.length, &error) == YD_OK);
    return text.data;
}

static void test_write_v7(void)
{
    yd_preset preset = preset_called("v7");
    yd_error error;
    char path[YD_PATH_MAX];
    yd_options o = good("--epochs 3 --data d.yaml --weights '' --cfg c.yaml --cache --device cpu --img 320");
    REQUIRE(yd_options_apply_preset(&o, &preset, &error) == YD_OK);
    o.save_dir = "runs/train/exp";
    CHECK_TEXT(
        written(&o, &preset, path),
        "weights: ''\ncfg: c.yaml\ndata: d.yaml\nhyp:\n  lr0: 0.01\n  lrf: 0.2\nepochs: 3\nbatch_size: 16\n"
        "imgsz: 320\nrect: false\nresume: false\nnosave: false\nnoval: false\nnoautoanchor: false\n"
        "noplots: false\nevolve: null\nbucket: ''\ncache: ram\nimage_weights: false\ndevice: cpu\n"
        "multi_scale: false\nsingle_cls: false\noptimizer: SGD\nsync_bn: false\nworkers: 8\n"
        "project: runs/train\nname: exp\nexist_ok: false\nquad: false\ncos_lr: false\nlabel_smoothing: 0.0\n"
        "patience: 100\nfreeze:\n- 0\nsave_period: -1\nseed: 0\nlocal_rank: -1\nentity: null\n"
        "upload_dataset: false\nbbox_interval: -1\nartifact_alias: latest\nsave_dir: runs/train/exp\nwandb: "
        "false\n"
        "preset: v7\nbreed: single\nbranch: ''\nbranch_run: ''\nbranch_epoch: -1\nbackend: cpu\namp: "
        "auto\nthreads: 0\n"
        "watch_off: ''\nwatch_pause: ''\n");
}

static void test_write_seed(void)
{
    yd_preset preset = preset_called("seed");
    yd_error error;
    char path[YD_PATH_MAX];
    yd_options o = good("--preset seed --linear-lr --img 320 --notest --cache");
    REQUIRE(yd_options_apply_preset(&o, &preset, &error) == YD_OK);
    const char *text = written(&o, &preset, path);
    CHECK(strstr(text,
                 "hyp: data/hyps/hyp.scratch.yaml\nepochs: 20\nbatch_size: 4\nimg_size:\n- 320\n- 320\n") !=
          NULL);
    CHECK(strstr(text, "linear_lr: true\n") && strstr(text, "notest: true\n") &&
          strstr(text, "cache_images: true\n"));
    CHECK(strstr(text, "adam: false\n") && strstr(text, "evolve: false\n") &&
          strstr(text, "multi_scale: true\n"));
    CHECK(!strstr(text, "cos_lr") && !strstr(text, "imgsz"));
    o = good("--preset seed --adam --cache disk --evolve 5 --upload_dataset");
    REQUIRE(yd_options_apply_preset(&o, &preset, &error) == YD_OK);
    text = written(&o, &preset, path);
    CHECK(strstr(text, "adam: true\n") && strstr(text, "cache_images: disk\n"));
    CHECK(strstr(text, "evolve: 5\n") && strstr(text, "upload_dataset: true\n"));
}

/* A branch has all of another run's options but what is given, and what makes a run itself. */
static void test_inherit(void)
{
    yd_preset preset = preset_called("v7");
    yd_error error = {0};
    char path[YD_PATH_MAX];
    yd_options parent = good("--epochs 7 --data d.yaml --img 320 --name old --exist-ok --save-period 2");
    REQUIRE(yd_options_apply_preset(&parent, &preset, &error) == YD_OK);
    parent.save_dir = "runs/train/old";
    written(&parent, &preset, path);
    yd_options o = good("--branch x --epochs 9 --set lr0=0.1 --set box=1");
    REQUIRE(yd_options_inherit(&o, path, &error) == YD_OK);
    CHECK(o.epochs == 9 && o.img_size.values[0] == 320 && o.save_period == 2 && !o.exist_ok);
    CHECK_TEXT(o.data, "d.yaml");
    CHECK_TEXT(o.name, "old");
    CHECK_TEXT(o.hyp, "");
    CHECK_TEXT(o.branch, "x");
    CHECK_TEXT(o.save_dir, "");
    REQUIRE(o.set.count == 2);
    CHECK_TEXT(o.set.values[0], "lr0=0.1");
    CHECK_TEXT(o.set.values[1], "box=1");
    o = good("--branch x --cfg y.yaml");
    CHECK(yd_options_inherit(&o, path, &error) == YD_ERR_USAGE);
    CHECK_TEXT(error.message, "--cfg cannot be given beside --branch: the checkpoint decides");
}

/* What was written is what --resume reads, whatever generation wrote it. */
static void test_resume(void)
{
    static const char *const names[] = {"v7", "seed"};
    for (int i = 0; i < 2; i++) {
        yd_preset preset = preset_called(names[i]);
        yd_error error = {0};
        char path[YD_PATH_MAX], again[YD_PATH_MAX];
        char line[256];
        snprintf(line, sizeof line,
                 "--preset %s --linear-lr --img 320 --noval --cache disk --freeze 3 --seed 9 --name n1 "
                 "--optimizer AdamW --evolve 4 --upload_dataset val --entity me --quad --sync-bn",
                 names[i]);
        yd_options o = good(line), r = good("--resume x --epochs 9 --workers 1 --no-tui");
        REQUIRE(yd_options_apply_preset(&o, &preset, &error) == YD_OK);
        char *first = yd_arena_strdup(arena, written(&o, &preset, path));
        if (yd_options_resume(&r, path, &error) != YD_OK)
            yd_test_fatal(__FILE__, __LINE__, "%s", error.message);
        REQUIRE(yd_options_apply_preset(&r, &preset, &error) == YD_OK);
        CHECK(r.epochs == 9 && r.workers == 1 && !r.tui);
        CHECK_TEXT(r.resume, "x");
        CHECK_TEXT(r.preset, names[i]);
        CHECK_TEXT(r.hyp, i ? "data/hyps/hyp.scratch.yaml" : "");
        r.epochs = o.epochs, r.workers = o.workers, r.resume = NULL;
        CHECK_TEXT(written(&r, &preset, again), first);
    }
    CHECK_TEXT(logged, "");
}

static void check_resume_refused(const char *text, const char *wanted)
{
    yd_options r = good("--resume");
    yd_error error = {0};
    char path[YD_PATH_MAX];
    REQUIRE(yd_path_join(path, sizeof path, yd_test_folder(), "opt.yaml"));
    REQUIRE(yd_file_write(path, text, strlen(text), &error) == YD_OK);
    CHECK(yd_options_resume(&r, path, &error) == YD_ERR_CONFIG);
    CHECK_TEXT(strstr(error.message, "opt.yaml"), wanted);
}

static void test_resume_refused(void)
{
    yd_error error = {0};
    yd_options r = good("--resume --batch-size 4");
    CHECK(yd_options_resume(&r, "/nonexistent", &error) == YD_ERR_USAGE);
    CHECK_TEXT(error.message, "--batch-size cannot be given beside --resume: the run's own value stays");
    r = good("--resume --preset seed");
    CHECK(yd_options_resume(&r, "/nonexistent", &error) == YD_ERR_USAGE);
    r = good("--resume --device cpu --patience 3 --detach");
    CHECK(yd_options_resume(&r, "/nonexistent", &error) == YD_ERR_CONFIG);
    check_resume_refused("", "opt.yaml:1: the file must be a mapping of options, found nothing");
    check_resume_refused("a: 1\nepochs: -3\n",
                         "opt.yaml:2: epochs must be a whole number in [1, 1000000], found \"-3\"");
    check_resume_refused("imgsz: [640, x]\n",
                         "opt.yaml:1: imgsz must be 1 to 2 whole numbers in [1, 16384], found a list of 2");
    check_resume_refused("optimizer: Lion\n",
                         "opt.yaml:1: optimizer must be one of SGD|Adam|AdamW, found \"Lion\"");
    check_resume_refused("adam: Adam\n", "opt.yaml:1: adam=Adam must be true or false, found \"Adam\"");
    check_resume_refused("freeze: []\n",
                         "opt.yaml:1: freeze must be 1 to 64 whole numbers in [0, 10000], found a list of 0");
}

/* A run folder of YOLOv5's own. */
static void test_resume_foreign(void)
{
    static const char text[] =
        "weights: yolov5s.pt\nquad: true\nmine: [1]\nadam: true\nbucket: ''\nepochs: 300\n"
        "imgsz: 640\nentity: null\nevolve: false\nupload_dataset: true\ncache: null\ndevice: '0'\nname: 7\n";
    yd_options r = good("--resume");
    yd_error error = {0};
    char path[YD_PATH_MAX];
    REQUIRE(yd_path_join(path, sizeof path, yd_test_folder(), "opt.yaml"));
    REQUIRE(yd_file_write(path, text, sizeof text - 1, &error) == YD_OK);
    logged[0] = '\0';
    REQUIRE(yd_options_resume(&r, path, &error) == YD_OK);
    CHECK_TEXT(logged, "");
    CHECK(r.quad && !r.evolve);
    CHECK_TEXT(r.optimizer, "Adam");
    CHECK_TEXT(r.entity, "");
    CHECK_TEXT(r.upload_dataset, "true");
    CHECK(r.epochs == 300 && r.img_size.count == 1 && !r.cache);
    CHECK_TEXT(r.device, "0");
    CHECK_TEXT(r.name, "7");
}

static void test_help(void)
{
    yd_text text = {0};
    yd_preset seed = preset_called("seed");
    yd_options_help(YD_FOR_TRAIN, &seed, &text);
    CHECK(strstr(text.data,
                 "\n  --batch-size N          images in a batch; -1: 16, or what memory holds\n") != NULL);
    CHECK(strstr(text.data, "\n  --[no-]tui              opens the console") != NULL);
    CHECK(strstr(text.data, "\n  --nosave                writes a checkpoint after the last epoch only\n") !=
          NULL);
    CHECK(strstr(text.data, "\n  --img-size N [N ...]    image size ") != NULL);
    CHECK(strstr(text.data, "--resume [RUN|FILE]") != NULL);
    CHECK(!strstr(text.data, "conf-thres") && !strstr(text.data, "--save-dir"));
    for (const char *line = text.data; *line; line++) {
        size_t columns = strcspn(line, "\n");
        CHECK(columns <= 80);
        line += columns;
    }
    yd_text_clear(&text);
    yd_options_help(YD_FOR_TRAIN, NULL, &text);
    CHECK(strstr(text.data, "images in a batch; -1: 16, or what memory holds\n                          "
                            "(default: of the preset)\n") != NULL);
    yd_text_free(&text);
}

int main(int argc, char **argv)
{
    static const yd_test_case cases[] = {
        {"forms of the command line", test_forms},
        {"defaults", test_defaults},
        {"values that may be left out", test_optional_values},
        {"words", test_words},
        {"help ends the parsing", test_help_ends},
        {"what is refused", test_refused},
        {"presets and what was given by hand", test_presets},
        {"opt.yaml of v7", test_write_v7},
        {"opt.yaml of the seed", test_write_seed},
        {"branches", test_inherit},
        {"resume reads what was written", test_resume},
        {"what resume refuses", test_resume_refused},
        {"resume of a foreign run", test_resume_foreign},
        {"help", test_help},
    };
    yd_log_set_receiver(keep_log, NULL);
    unsetenv("YOLODECK_CONFIGS");
    arena = yd_arena_create(0);
    int status = yd_test_main(argc, argv, cases, (int)(sizeof cases / sizeof *cases));
    yd_arena_destroy(arena);
    return status;
}
