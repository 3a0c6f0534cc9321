#include "base/hash.h"
#include "base/rng.h"
#include "base/sha256.h"
#include "base/text.h"
#include "support/test.h"
#include <math.h>
#include <string.h>

/* kat_vectors of Random123, philox4x32 10. */
static void philox_gives_the_published_numbers(void)
{
    static const struct {
        uint32_t counter[4], key[2], wanted[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint64_t seed = (uint64_t)known[i].key[1] << 32 | known[i].key[0];
        yd_rng rng = yd_rng_make(seed, known[i].counter[2], known[i].counter[1], known[i].counter[3]);
        rng.counter[0] = known[i].counter[0]; /* the index of the block */
        for (int j = 0; j < 4; j++) CHECK(yd_rng_u32(&rng) == known[i].wanted[j]);
    }
}

static void streams_differ_by_each_of_their_names(void)
{
    yd_rng streams[] = {
        yd_rng_make(1, 2, 3, 4), yd_rng_make(9, 2, 3, 4), yd_rng_make(1ull << 40 | 1, 2, 3, 4),
        yd_rng_make(1, 9, 3, 4), yd_rng_make(1, 2, 9, 4), yd_rng_make(1, 2, 3, 9)};
    uint32_t first[6], again;
    for (int i = 0; i < 6; i++) {
        first[i] = yd_rng_u32(&streams[i]);
        for (int j = 0; j < i; j++) CHECK(first[i] != first[j]);
    }
    yd_rng same = yd_rng_make(1, 2, 3, 4);
    again = yd_rng_u32(&same);
    CHECK(again == first[0]);
}

static void draws_have_the_right_moments(void)
{
    enum { DRAWS = 200000 };
    yd_rng rng = yd_rng_make(7, 0, 0, 0);
    double sum = 0, squares = 0, smallest = 1, largest = 0;
    for (int i = 0; i < DRAWS; i++) {
        double u = yd_rng_uniform(&rng);
        sum += u, squares += u * u;
        smallest = fmin(smallest, u), largest = fmax(largest, u);
    }
    CHECK_NEAR(sum / DRAWS, 0.5, 0.003); /* 4.6 standard deviations */
    CHECK_NEAR(squares / DRAWS, 1 / 3.0, 0.003);
    CHECK(smallest >= 0 && largest < 1 && smallest < 1e-3 && largest > 0.999);
    sum = squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        double n = yd_rng_normal(&rng);
        sum += n, squares += n * n;
    }
    CHECK_NEAR(sum / DRAWS, 0, 0.01);
    CHECK_NEAR(squares / DRAWS, 1, 0.015);
    for (int i = 0; i < 1000; i++) {
        double b = yd_rng_between(&rng, -3, 5);
        CHECK(b >= -3 && b < 5);
    }
}

static void bounded_draws_are_even(void)
{
    yd_rng rng = yd_rng_make(11, 0, 0, 0);
    int counts[6] = {0};
    for (int i = 0; i < 60000; i++) {
        uint32_t draw = yd_rng_below(&rng, 6);
        REQUIRE(draw < 6);
        counts[draw]++;
    }
    for (int i = 0; i < 6; i++) CHECK_NEAR(counts[i], 10000, 450); /* 4.9 standard deviations */
    for (int i = 0; i < 100; i++) CHECK(yd_rng_below(&rng, 1) == 0);
    /* A bound just above 2^31 rejects nearly half of the draws; without that, even numbers below would come
     * twice. */
    uint32_t bound = 0x80000001u;
    int low = 0;
    for (int i = 0; i < 20000; i++) {
        uint32_t draw = yd_rng_below(&rng, bound);
        REQUIRE(draw < bound);
        low += draw < bound / 4;
    }
    CHECK_NEAR(low, 5000, 300);
}

typedef void sha256_start(yd_hash *hash);

static const char *sha256(sha256_start *start, const char *data, size_t length, size_t piece)
{
    static char hex[65];
    yd_hash hash;
    start(&hash);
    for (size_t at = 0; at < length; at += piece)
        yd_hash_add(&hash, data + at, length - at < piece ? length - at : piece);
    yd_sha256_hex(&hash, hex);
    return hex;
}

/* FIPS 180-4's examples and the ends of the padding. */
static void check_digests(sha256_start *start)
{
    CHECK_TEXT(sha256(start, "", 0, 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_TEXT(sha256(start, "abc", 3, 3),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_TEXT(sha256(start, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 56),
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    static char million[1000000];
    memset(million, 'a', sizeof million);
    static const char wanted[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    CHECK_TEXT(sha256(start, million, sizeof million, sizeof million), wanted);
    CHECK_TEXT(sha256(start, million, sizeof million, 63), wanted); /* however it is cut */
    CHECK_TEXT(sha256(start, million, sizeof million, 65), wanted);
    CHECK_TEXT(sha256(start, million, 55, 55),
               "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    CHECK_TEXT(sha256(start, million, 64, 64),
               "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

static void sha256_gives_the_published_digests(void)
{
    check_digests(yd_sha256_start);
    check_digests(yd_sha256_start_plain);
}

static void sha256_by_the_processor_equals_plain_c(void)
{
    char data[700], wanted[65];
    yd_rng rng = yd_rng_make(5, 0, 0, 0);
    for (size_t i = 0; i < sizeof data; i++) data[i] = (char)yd_rng_u32(&rng);
    for (size_t length = 1; length <= sizeof data; length++) {
        size_t piece = 1 + yd_rng_below(&rng, 200);
        yd_copy_text(wanted, sizeof wanted, sha256(yd_sha256_start_plain, data, length, length));
        CHECK_TEXT(sha256(yd_sha256_start, data, length, piece), wanted);
    }
}

static void fnv1a_gives_the_published_hashes(void)
{
    CHECK(yd_fnv1a("", 0) == 0xcbf29ce484222325u);
    CHECK(yd_fnv1a("a", 1) == 0xaf63dc4c8601ec8cu);
    CHECK(yd_fnv1a("foobar", 6) == 0x85944171f73967e8u);
}

static const yd_test_case cases[] = {
    {"philox gives the published numbers", philox_gives_the_published_numbers},
    {"streams differ by each of their names", streams_differ_by_each_of_their_names},
    {"draws have the right moments", draws_have_the_right_moments},
    {"bounded draws are even", bounded_draws_are_even},
    {"sha256 gives the published digests", sha256_gives_the_published_digests},
    {"sha256 by the processor equals plain c", sha256_by_the_processor_equals_plain_c},
    {"fnv1a gives the published hashes", fnv1a_gives_the_published_hashes},
};
TEST_MAIN(cases)
