#include "tui/commands.h"
#include "base/file.h"
#include "base/text.h"
#include "event/tweaks.h"
#include "tui/run_names.h"
#include "tui/theme_file.h"
#include "tui/words.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* What a line asks for, and where it tells how that went. */
typedef struct call {
    yd_app *app;
    const char *argument; /* without blanks around it */
    int *request;
    char *error;
    size_t capacity;
} call;

static bool refuse(const call *own, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(const call *own, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(own->error, own->capacity, format, arguments);
    va_end(arguments);
    return false;
}

typedef bool runner(const call *own);
#define YD_VERB(name, ...) static runner run_##name;
#define YD_SCREEN_VERB(name, ...)
#include "tui/verbs.def"
#undef YD_VERB
#undef YD_SCREEN_VERB

enum { ENGINE, CONSOLE, SCREEN };

/* The same rows as verbs, with what carries them out. */
static const struct {
    int kind;
    unsigned command;
    runner *run;
    yd_binding_place place;
} ways[] = {
#define YD_COMMAND(enumerator, ...) {ENGINE, YD_COMMAND_##enumerator, NULL, YD_BINDING_ANY},
#include "event/commands.def"
#undef YD_COMMAND
#define YD_VERB(name, ...)               {CONSOLE, 0, run_##name, YD_BINDING_ANY},
#define YD_SCREEN_VERB(name, place, ...) {SCREEN, 0, NULL, YD_BINDING_##place},
#include "tui/verbs.def"
#undef YD_VERB
#undef YD_SCREEN_VERB
};

static const yd_verb verbs[] = {
#define YD_COMMAND(enumerator, name, words, help) {#name, words, help, YD_VERB_COMMAND},
#include "event/commands.def"
#undef YD_COMMAND
#define YD_VERB(name, argument, words, help)               {#name, words, help, YD_VERB_##argument},
#define YD_SCREEN_VERB(name, place, argument, words, help) {#name, words, help, YD_VERB_##argument},
#include "tui/verbs.def"
#undef YD_VERB
#undef YD_SCREEN_VERB
};
enum { VERBS = sizeof verbs / sizeof *verbs };

const yd_verb *yd_verbs(int *count)
{
    *count = VERBS;
    return verbs;
}

static int screen_of_place(yd_binding_place place)
{
    for (int i = 0; i < YD_SCREENS; i++)
        if (yd_screens[i]->place == place) return i;
    return -1;
}

/* The one word that the argument is. A name with blanks in it may be typed as it is; found: whether there is
 * something of that name. */
static void take_name(const call *own, char name[YD_ENTRY_LIMIT], bool found)
{
    char more[YD_ENTRY_LIMIT];
    const char *rest = own->argument;
    bool one = yd_words_next(&rest, name, YD_ENTRY_LIMIT) && !yd_words_next(&rest, more, sizeof more);
    if (found || !one) yd_copy_text(name, YD_ENTRY_LIMIT, own->argument);
}

static bool run_open(const call *own)
{
    char name[YD_ENTRY_LIMIT], path[YD_RUN_PATH], shown[128], folder[YD_RUN_PATH], listed[128];
    yd_services *services = &own->app->services;
    if (!own->argument[0]) return refuse(own, "open needs the name or folder of a run");
    take_name(own, name, yd_run_names_find(services, own->argument, path));
    if (yd_run_names_find(services, name, path) && yd_folder_exists(path)) {
        yd_services_open_run(services, path);
        return true;
    }
    yd_run_names_folder(services, folder);
    bool named = !strchr(name, '/');
    return refuse(own, "%s: no such folder%s%s", yd_escape(shown, sizeof shown, name),
                  named ? ", nor in " : "", named ? yd_escape(listed, sizeof listed, folder) : "");
}

static bool run_screen(const call *own)
{
    for (int i = 0; i < yd_app_tabs(own->app); i++) {
        bool same = strncasecmp(yd_screens[i]->name, own->argument, strlen(own->argument)) == 0;
        if (!own->argument[0] || !(same || (own->argument[0] == yd_screens[i]->tab_key && !own->argument[1])))
            continue;
        yd_app_show_screen(own->app, i);
        return true;
    }
    return refuse(own, "there is no screen \"%s\"", own->argument);
}

static bool run_theme(const call *own)
{
    yd_theme theme;
    yd_error error;
    if (!own->argument[0]) return refuse(own, "theme needs a name or a file");
    char name[YD_ENTRY_LIMIT];
    take_name(own, name, yd_file_exists(own->argument));
    if (yd_theme_load(name, &theme, &error) != YD_OK) return refuse(own, "%s", error.message);
    own->app->services.theme = theme;
    own->app->services.theme_changed = true;
    return true;
}

static bool run_mouse(const call *own)
{
    yd_app_set_mouse(own->app, strcmp(own->argument, "on") == 0);
    return true;
}

static bool run_help(const call *own)
{
    yd_app_show_help(own->app, own->argument);
    return true;
}

static bool run_quit(const call *own)
{
    *own->request |= YD_REQUEST_LEAVE;
    return true;
}

static bool run_on_screen(const call *own, int verb)
{
    yd_app *app = own->app;
    int screen = ways[verb].place == YD_BINDING_ANY ? app->screen : screen_of_place(ways[verb].place);
    if (screen >= 0) yd_app_show_screen(app, screen);
    if (screen < 0 || !yd_screens[screen]->command)
        return refuse(own, "%s: not on this screen", verbs[verb].name);
    yd_screen_context context = yd_app_context(app, screen);
    own->error[0] = '\0';
    return yd_screens[screen]->command(&context, verbs[verb].name, own->argument, own->error, own->capacity);
}

/* Whether the argument is one of the choices that words name ("now|epoch|final"), where they name any. */
static bool check_choice(const call *own, int verb)
{
    char copy[128], *rest = copy;
    if (!strchr(verbs[verb].words, '|') || verbs[verb].argument == YD_VERB_THEME) return true;
    yd_copy_text(copy, sizeof copy, verbs[verb].words);
    for (char *word; (word = strsep(&rest, "|")) != NULL;)
        if (strcmp(word, own->argument) == 0) return true;
    return refuse(own, "%s must be %s, found \"%s\"", verbs[verb].name, verbs[verb].words, own->argument);
}

/* What the trainer would refuse is said at once; it has the last word all the same. */
static bool check_value(const call *own)
{
    char name[64], wanted[128];
    double value;
    const yd_run_view *view = own->app->view;
    size_t length = strcspn(own->argument, " ");
    const char *text = own->argument + length + strspn(own->argument + length, " ");
    if (!length || !*text) return refuse(own, "set needs NAME VALUE");
    yd_copy_text(name, length + 1 < sizeof name ? length + 1 : sizeof name, own->argument);
    yd_tweak tweak = yd_tweak_find(name);
    if (tweak == YD_TWEAK_COUNT)
        return refuse(own, "\"%s\" cannot be changed live (Tab lists what can)", name);
    if (!view->has_block || yd_tweak_parse(&view->block, tweak, text, &value)) return true;
    yd_tweak_wanted(&view->block, tweak, wanted, sizeof wanted);
    return refuse(own, "%s must be %s, found \"%s\"", name, wanted, text);
}

static bool run_on_engine(const call *own, int verb)
{
    char what[256], name[YD_ENTRY_LIMIT];
    const char *argument = own->argument;
    if (ways[verb].command == YD_COMMAND_SET && !check_value(own)) return false;
    snprintf(what, sizeof what, "%s%s%s", verbs[verb].name, argument[0] ? " " : "", argument);
    yd_services *services = &own->app->services;
    if (ways[verb].command == YD_COMMAND_ROLLBACK) { /* the name of a file */
        take_name(own, name, false);
        argument = name;
    }
    bool sent = yd_services_send(services, (yd_command_type)ways[verb].command, argument, what);
    return sent || refuse(own, "%s", services->message);
}

/* The verb that a word names or begins; -1: none, -2: several. */
static int find_verb(const char *word, size_t length)
{
    int found = -1;
    for (int i = 0; i < VERBS; i++) {
        if (strncmp(verbs[i].name, word, length) != 0) continue;
        if (strlen(verbs[i].name) == length) return i;
        found = found == -1 ? i : -2;
    }
    return found;
}

bool yd_commands_run(yd_app *app, const char *line, int *request, char *error, size_t capacity)
{
    char text[YD_ENTRY_LIMIT];
    while (*line == ' ') line++;
    yd_copy_text(text, sizeof text, line);
    for (size_t end = strlen(text); end > 0 && text[end - 1] == ' ';) text[--end] = '\0';
    size_t word = strcspn(text, " ");
    const char *argument = text + word + strspn(text + word, " ");
    call own = {.app = app, .argument = argument, .request = request, .error = error, .capacity = capacity};
    if (!word) return true;
    int verb = find_verb(text, word);
    if (verb == -1) return refuse(&own, "unknown command \"%.*s\" (help lists them)", (int)word, text);
    if (verb == -2) return refuse(&own, "\"%.*s\" begins several commands (Tab lists them)", (int)word, text);
    if (!check_choice(&own, verb)) return false;
    switch (ways[verb].kind) {
    case ENGINE:
        return run_on_engine(&own, verb);
    case SCREEN:
        return run_on_screen(&own, verb);
    default:
        return ways[verb].run(&own);
    }
}

/* Completion: names that begin as the word does. */
typedef struct search {
    yd_prompt *prompt;
    char word[YD_ENTRY_LIMIT]; /* without quotes */
    const char **candidates;
    int count, capacity;
} search;

static void offer(search *own, const char *name)
{
    if (strncasecmp(name, own->word, strlen(own->word)) != 0) return;
    if (own->count >= own->capacity || own->count >= YD_PROMPT_CANDIDATES) return;
    if (strlen(name) >= YD_PROMPT_NAME) return;
    yd_copy_text(own->prompt->names[own->count], YD_PROMPT_NAME, name);
    own->candidates[own->count] = own->prompt->names[own->count];
    own->count++;
}

static void offer_name(void *context, const char *name)
{
    offer(context, name);
}

/* Names of checkpoints of the run. */
static void offer_checkpoints(search *own, const char *run_folder)
{
    char folder[YD_RUN_PATH];
    DIR *list = yd_path_join(folder, sizeof folder, run_folder, "weights") ? opendir(folder) : NULL;
    for (struct dirent *entry; list && (entry = readdir(list));) {
        const char *end = strrchr(entry->d_name, '.');
        if (end && strcmp(end, ".pt") == 0) offer(own, entry->d_name);
    }
    if (list) closedir(list);
}

/* The choices that words name: "now|epoch|final". */
static void offer_choices(search *own, const char *words)
{
    char copy[128], *rest = copy;
    if (!strchr(words, '|')) return;
    yd_copy_text(copy, sizeof copy, words);
    for (char *word; (word = strsep(&rest, "|")) != NULL;) offer(own, word);
}

static void offer_argument(search *own, yd_app *app, int verb)
{
    switch (verbs[verb].argument) {
    case YD_VERB_RUN:
        yd_run_names_offer(&app->services, own->word, ways[verb].kind == SCREEN, offer_name, own);
        break;
    case YD_VERB_SCALAR:
        for (int i = 0; i < yd_series_store_count(app->view->store); i++)
            offer(own, yd_series_name(yd_series_store_at(app->view->store, i)));
        break;
    case YD_VERB_SCREEN:
        for (int i = 0; i < YD_SCREENS; i++) offer(own, yd_screens[i]->name);
        break;
    case YD_VERB_THEME:
        yd_theme_names(offer_name, own);
        break;
    case YD_VERB_COMMAND:
        for (int i = 0; ways[verb].command == YD_COMMAND_SET && i < YD_TWEAK_COUNT; i++)
            offer(own, yd_tweak_rows[i].name);
        if (ways[verb].command == YD_COMMAND_ROLLBACK) offer_checkpoints(own, app->services.run_folder);
        offer_choices(own, verbs[verb].words);
        break;
    case YD_VERB_CHOICE:
        offer_choices(own, verbs[verb].words);
        break;
    case YD_VERB_TEXT:
        break;
    }
}

int yd_commands_complete(void *context, const char *text, int start, int cursor, const char *candidates[],
                         int capacity)
{
    yd_app *app = context;
    search own = {.prompt = &app->prompt, .candidates = candidates, .capacity = capacity};
    char typed[YD_ENTRY_LIMIT];
    yd_copy_text(typed, (size_t)(cursor - start) + 1, text + start);
    const char *rest = typed;
    yd_words_next(&rest, own.word, sizeof own.word);
    const char *first = text + strspn(text, " ");
    size_t length = strcspn(first, " ");
    if (first + length >= text + cursor) {
        for (int i = 0; i < VERBS; i++) offer(&own, verbs[i].name);
        return own.count;
    }
    int verb = find_verb(first, length);
    if (verb >= 0) offer_argument(&own, app, verb);
    return own.count;
}
