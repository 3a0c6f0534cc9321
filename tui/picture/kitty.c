/* kitty's graphics protocol (https://sw.kovidgoyal.net/kitty/graphics-protocol/): the picture goes over as a
 * PNG in short sequences that other output may come between, and is placed when it is there. Through tmux
 * every sequence is wrapped for the terminal outside, and characters of a private use stand where the picture
 * is to be seen: tmux moves and redraws them like any text. */
#include "base/base64.h"
#include "image/png_write.h"
#include "tui/picture/encode.h"
#include <string.h>

enum { PAYLOAD = 4096, FIRST_COLOUR = 16, COLOURS = 240 };

/* Marks above a placeholder count its row: all of Unicode 6.0 that stand above (combining class 230) and are
 * part of no composed character, in order. */
static const uint32_t row_marks[] = {
    0x0305,  0x030d,  0x030e,  0x0310,  0x0312,  0x033d,  0x033e,  0x033f,  0x0346,  0x034a,  0x034b,
    0x034c,  0x0350,  0x0351,  0x0352,  0x0357,  0x035b,  0x0363,  0x0364,  0x0365,  0x0366,  0x0367,
    0x0368,  0x0369,  0x036a,  0x036b,  0x036c,  0x036d,  0x036e,  0x036f,  0x0483,  0x0484,  0x0485,
    0x0486,  0x0487,  0x0592,  0x0593,  0x0594,  0x0595,  0x0597,  0x0598,  0x0599,  0x059c,  0x059d,
    0x059e,  0x059f,  0x05a0,  0x05a1,  0x05a8,  0x05a9,  0x05ab,  0x05ac,  0x05af,  0x05c4,  0x0610,
    0x0611,  0x0612,  0x0613,  0x0614,  0x0615,  0x0616,  0x0617,  0x0657,  0x0658,  0x0659,  0x065a,
    0x065b,  0x065d,  0x065e,  0x06d6,  0x06d7,  0x06d8,  0x06d9,  0x06da,  0x06db,  0x06dc,  0x06df,
    0x06e0,  0x06e1,  0x06e2,  0x06e4,  0x06e7,  0x06e8,  0x06eb,  0x06ec,  0x0730,  0x0732,  0x0733,
    0x0735,  0x0736,  0x073a,  0x073d,  0x073f,  0x0740,  0x0741,  0x0743,  0x0745,  0x0747,  0x0749,
    0x074a,  0x07eb,  0x07ec,  0x07ed,  0x07ee,  0x07ef,  0x07f0,  0x07f1,  0x07f3,  0x0816,  0x0817,
    0x0818,  0x0819,  0x081b,  0x081c,  0x081d,  0x081e,  0x081f,  0x0820,  0x0821,  0x0822,  0x0823,
    0x0825,  0x0826,  0x0827,  0x0829,  0x082a,  0x082b,  0x082c,  0x082d,  0x0951,  0x0953,  0x0954,
    0x0f82,  0x0f83,  0x0f86,  0x0f87,  0x135d,  0x135e,  0x135f,  0x17dd,  0x193a,  0x1a17,  0x1a75,
    0x1a76,  0x1a77,  0x1a78,  0x1a79,  0x1a7a,  0x1a7b,  0x1a7c,  0x1b6b,  0x1b6d,  0x1b6e,  0x1b6f,
    0x1b70,  0x1b71,  0x1b72,  0x1b73,  0x1cd0,  0x1cd1,  0x1cd2,  0x1cda,  0x1cdb,  0x1ce0,  0x1dc0,
    0x1dc1,  0x1dc3,  0x1dc4,  0x1dc5,  0x1dc6,  0x1dc7,  0x1dc8,  0x1dc9,  0x1dcb,  0x1dcc,  0x1dd1,
    0x1dd2,  0x1dd3,  0x1dd4,  0x1dd5,  0x1dd6,  0x1dd7,  0x1dd8,  0x1dd9,  0x1dda,  0x1ddb,  0x1ddc,
    0x1ddd,  0x1dde,  0x1ddf,  0x1de0,  0x1de1,  0x1de2,  0x1de3,  0x1de4,  0x1de5,  0x1de6,  0x1dfe,
    0x20d0,  0x20d1,  0x20d4,  0x20d5,  0x20d6,  0x20d7,  0x20db,  0x20dc,  0x20e1,  0x20e7,  0x20e9,
    0x20f0,  0x2cef,  0x2cf0,  0x2cf1,  0x2de0,  0x2de1,  0x2de2,  0x2de3,  0x2de4,  0x2de5,  0x2de6,
    0x2de7,  0x2de8,  0x2de9,  0x2dea,  0x2deb,  0x2dec,  0x2ded,  0x2dee,  0x2def,  0x2df0,  0x2df1,
    0x2df2,  0x2df3,  0x2df4,  0x2df5,  0x2df6,  0x2df7,  0x2df8,  0x2df9,  0x2dfa,  0x2dfb,  0x2dfc,
    0x2dfd,  0x2dfe,  0x2dff,  0xa66f,  0xa67c,  0xa67d,  0xa6f0,  0xa6f1,  0xa8e0,  0xa8e1,  0xa8e2,
    0xa8e3,  0xa8e4,  0xa8e5,  0xa8e6,  0xa8e7,  0xa8e8,  0xa8e9,  0xa8ea,  0xa8eb,  0xa8ec,  0xa8ed,
    0xa8ee,  0xa8ef,  0xa8f0,  0xa8f1,  0xaab0,  0xaab2,  0xaab3,  0xaab7,  0xaab8,  0xaabe,  0xaabf,
    0xaac1,  0xfe20,  0xfe21,  0xfe22,  0xfe23,  0xfe24,  0xfe25,  0xfe26,  0x10a0f, 0x10a38, 0x1d185,
    0x1d186, 0x1d187, 0x1d188, 0x1d189, 0x1d1aa, 0x1d1ab, 0x1d1ac, 0x1d1ad, 0x1d242, 0x1d243, 0x1d244};
enum { ROW_MARKS = sizeof row_marks / sizeof *row_marks };

static bool through_tmux(const yd_print *print)
{
    return print->mode.graphics == YD_GRAPHICS_PLACEHOLDER;
}

/* Through tmux the number is told by one of the 256 colours, and those below 16 it may translate. */
static uint32_t id_of(const yd_print *print)
{
    return through_tmux(print) ? FIRST_COLOUR + print->number % COLOURS : print->number & 0xffffff;
}

static void open_sequence(const yd_print *print, yd_text *out)
{
    yd_text_add(out, through_tmux(print) ? "\033Ptmux;\033\033_G" : "\033_G");
}

static void close_sequence(const yd_print *print, yd_text *out)
{
    yd_text_add(out, through_tmux(print) ? "\033\033\\\033\\" : "\033\\");
}

static void transfer(yd_print *print, const char *base64, size_t length)
{
    for (size_t at = 0; at < length; at += PAYLOAD) {
        size_t begin = print->bytes.length, left = length - at, count = left < PAYLOAD ? left : PAYLOAD;
        open_sequence(print, &print->bytes);
        if (at == 0) yd_text_addf(&print->bytes, "a=t,f=100,t=d,i=%u,", id_of(print));
        yd_text_addf(&print->bytes, "q=2,m=%d;", left > PAYLOAD);
        yd_text_add_bytes(&print->bytes, base64 + at, count);
        close_sequence(print, &print->bytes);
        yd_encode_piece(print, begin, -1, -1);
    }
}

static void place(yd_print *print)
{
    size_t begin = print->bytes.length;
    open_sequence(print, &print->bytes);
    yd_text_addf(&print->bytes, "a=p,i=%u,p=1,%sc=%d,r=%d,C=1,q=2", id_of(print),
                 through_tmux(print) ? "U=1," : "", print->columns, print->rows);
    close_sequence(print, &print->bytes);
    yd_encode_piece(print, begin, 0, 0);
}

static void add_character(yd_text *out, uint32_t character)
{
    char utf8[4];
    yd_text_add_bytes(out, utf8, (size_t)yd_utf8_encode(utf8, character));
}

/* Only the first of a row needs a mark: the others count on from their neighbour. */
static void place_characters(yd_print *print)
{
    const uint32_t placeholder = 0x10eeee;
    for (int row = 0; row < print->rows && row < ROW_MARKS; row++) {
        size_t begin = print->bytes.length;
        yd_text_addf(&print->bytes, "\033[0;38;5;%um", id_of(print));
        for (int column = 0; column < print->columns; column++) {
            add_character(&print->bytes, placeholder);
            if (column == 0) add_character(&print->bytes, row_marks[row]);
        }
        yd_text_add(&print->bytes, "\033[0m");
        yd_encode_piece(print, begin, 0, row);
    }
}

yd_status yd_encode_kitty(yd_print *print, const yd_image *image, const atomic_bool *cancelled,
                          yd_error *error)
{
    yd_text file = {0}, base64 = {0};
    YD_TRY(yd_encode_cancelled(cancelled, error));
    yd_status status = yd_png_encode(image, YD_PNG_FAST, &file, error);
    if (status == YD_OK) status = yd_encode_cancelled(cancelled, error);
    if (status == YD_OK) {
        yd_base64_add(&base64, file.data, file.length);
        if (base64.failed) print->bytes.failed = true;
        transfer(print, base64.data, base64.length);
        print->first_shown = (int)print->pieces.count;
        place(print);
        if (through_tmux(print)) place_characters(print);
    }
    yd_text_free(&file);
    yd_text_free(&base64);
    return status;
}

static bool is_kitty(const yd_print *print)
{
    return print->mode.graphics == YD_GRAPHICS_KITTY || through_tmux(print);
}

void yd_print_remove(const yd_print *print, bool forget, yd_text *out)
{
    if (!is_kitty(print)) return;
    open_sequence(print, out);
    yd_text_addf(out, "a=d,d=%c,i=%u,q=2", forget ? 'I' : 'i', id_of(print));
    close_sequence(print, out);
}

void yd_print_abandon(const yd_print *print, int sent, yd_text *out)
{
    if (!is_kitty(print) || sent <= 0 || sent >= print->first_shown) return;
    open_sequence(print, out);
    yd_text_add(out, "q=2,m=0;");
    close_sequence(print, out);
}
