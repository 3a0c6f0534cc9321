#include "image/jpeg_check.h"
#include "image/exif.h"
#include <string.h>

enum {
    SOF0 = 0xC0,
    SOF1 = 0xC1,
    SOF2 = 0xC2,
    SOF15 = 0xCF,
    DHT = 0xC4,
    JPG = 0xC8,
    DAC = 0xCC,
    RST0 = 0xD0,
    RST7 = 0xD7,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DQT = 0xDB,
    APP1 = 0xE1,
    APP2 = 0xE2
};

typedef struct component {
    uint8_t id, table; /* table: of quantisation */
} component;

typedef struct walk {
    const uint8_t *data;
    size_t length, at;
    bool frame, progressive, oriented;
    component components[4];
    int component_count;
    unsigned quantisation, huffman[2]; /* bit masks of the tables defined so far; huffman[0] DC, [1] AC */
    yd_jpeg_header *header;
} walk;

static const char *const truncated = "truncated";

/* Moves behind the next marker and returns it; 0 at the end of the data. Fill bytes before it are skipped. */
static int next_marker(walk *w)
{
    while (w->at < w->length && w->data[w->at] != 0xFF) w->at++;
    while (w->at < w->length && w->data[w->at] == 0xFF) w->at++;
    return w->at < w->length ? w->data[w->at++] : 0;
}

/* In entropy-coded data FF 00 stands for FF, and restart markers belong to the data. */
static void skip_scan_data(walk *w)
{
    while (w->at < w->length) {
        const uint8_t *found = memchr(w->data + w->at, 0xFF, w->length - w->at);
        w->at = found ? (size_t)(found - w->data) : w->length;
        if (w->length - w->at < 2) break;
        int next = w->data[w->at + 1];
        if (next != 0 && next != 0xFF && (next < RST0 || next > RST7)) return;
        w->at += next == 0xFF ? 1 : 2;
    }
    w->at = w->length;
}

static const char *read_frame(walk *w, int marker, const uint8_t *body, size_t length)
{
    if (marker != SOF0 && marker != SOF1 && marker != SOF2)
        return "a lossless, hierarchical or arithmetic-coded JPEG";
    if (w->frame) return "a second frame header";
    if (length < 6) return "a short frame header";
    if (body[0] != 8) return "samples that have not 8 bits";
    w->header->height = body[1] << 8 | body[2];
    w->header->width = body[3] << 8 | body[4];
    w->header->components = w->component_count = body[5];
    if (body[5] != 1 && body[5] != 3 && body[5] != 4) return "a number of components other than 1, 3 and 4";
    if (length != 6 + 3 * (size_t)body[5]) return "a frame header of the wrong length";
    for (int i = 0; i < w->component_count; i++) {
        const uint8_t *entry = body + 6 + 3 * i;
        if (entry[2] > 3) return "an impossible quantisation table";
        w->components[i] = (component){entry[0], entry[2]};
    }
    w->frame = true;
    w->progressive = marker == SOF2;
    return NULL;
}

static const char *read_huffman(walk *w, const uint8_t *body, size_t length)
{
    while (length) {
        if (length < 17) return "a short Huffman table";
        int class = body[0] >> 4, id = body[0] & 15, symbols = 0, codes_left = 1;
        if (class > 1 || id > 3) return "an impossible Huffman table";
        for (int bits = 1; bits <= 16; bits++) {
            symbols += body[bits];
            codes_left = 2 * codes_left - body[bits];
            if (codes_left < 0) return "more Huffman codes than their lengths allow";
        }
        if (symbols > 256 || (size_t)symbols > length - 17) return "a Huffman table of the wrong length";
        for (int i = 0; class == 0 && i < symbols; i++)
            if (body[17 + i] > 15) return "an impossible DC symbol";
        w->huffman[class] |= 1u << id;
        body += 17 + symbols;
        length -= 17 + (size_t)symbols;
    }
    return NULL;
}

static const char *read_quantisation(walk *w, const uint8_t *body, size_t length)
{
    while (length) {
        size_t size = body[0] >> 4 ? 129 : 65;
        if (body[0] >> 4 > 1 || (body[0] & 15) > 3 || length < size) return "a broken quantisation table";
        w->quantisation |= 1u << (body[0] & 15);
        body += size;
        length -= size;
    }
    return NULL;
}

static const char *read_scan(const walk *w, const uint8_t *body, size_t length)
{
    if (!w->frame) return "a scan before the frame header";
    if (length < 6 || body[0] < 1 || body[0] > 4 || length != 4 + 2 * (size_t)body[0])
        return "a broken scan header";
    const uint8_t *band = body + 1 + 2 * body[0];
    bool first = band[0] == 0, needs_dc = !w->progressive || (first && band[2] >> 4 == 0),
         needs_ac = !w->progressive || !first;
    for (int i = 0; i < body[0]; i++) {
        const component *found = NULL;
        for (int k = 0; k < w->component_count && !found; k++)
            if (w->components[k].id == body[1 + 2 * i]) found = &w->components[k];
        if (!found) return "a scan of an unknown component";
        int dc = body[2 + 2 * i] >> 4, ac = body[2 + 2 * i] & 15;
        if (dc > 3 || ac > 3) return "an impossible Huffman table";
        if (!(w->quantisation >> found->table & 1)) return "a missing quantisation table";
        if (needs_dc && !(w->huffman[0] >> dc & 1)) return "a missing Huffman table";
        if (needs_ac && !(w->huffman[1] >> ac & 1)) return "a missing Huffman table";
    }
    return NULL;
}

static void read_application(walk *w, int marker, const uint8_t *body, size_t length)
{
    if (marker == APP1 && !w->oriented && length > 6 && memcmp(body, "Exif\0\0", 6) == 0) {
        w->header->orientation = yd_exif_orientation(body + 6, length - 6);
        w->oriented = true;
    }
    if (marker == APP2 && length >= 4 && memcmp(body, "MPF\0", 4) == 0) w->header->multi = true;
}

static const char *read_segment(walk *w, int marker, const uint8_t *body, size_t length)
{
    if (marker == DHT) return read_huffman(w, body, length);
    if (marker == DQT) return read_quantisation(w, body, length);
    if (marker == SOS) return read_scan(w, body, length);
    if (marker >= SOF0 && marker <= SOF15 && marker != JPG && marker != DAC)
        return read_frame(w, marker, body, length);
    read_application(w, marker, body, length);
    return NULL;
}

const char *yd_jpeg_check(const uint8_t *data, size_t length, bool whole, yd_jpeg_header *header)
{
    *header = (yd_jpeg_header){.orientation = 1, .partial = true};
    if (length < 4 || data[0] != 0xFF || data[1] != SOI) return length < 4 ? truncated : "not a JPEG";
    walk w = {.data = data, .length = length, .at = 2, .header = header};
    for (;;) {
        int marker = next_marker(&w);
        if (w.at >= length && marker != EOI) return truncated;
        if (marker == EOI) return header->partial ? "an end marker before the first scan" : NULL;
        if (length - w.at < 2) return truncated;
        size_t size = (size_t)data[w.at] << 8 | data[w.at + 1];
        if (size < 2) return "a segment of impossible length";
        if (size > length - w.at) return truncated;
        const char *reason = read_segment(&w, marker, data + w.at + 2, size - 2);
        if (reason) return reason;
        w.at += size;
        if (marker != SOS) continue;
        header->partial = false;
        if (!whole) return NULL;
        skip_scan_data(&w);
    }
}
