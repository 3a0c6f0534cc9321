#include "base/cgroup.h"
#include "base/file.h"
#include "base/memory_room.h"
#include "support/test.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char root[4096];

static void new_machine(void)
{
    static int number;
    snprintf(root, sizeof root, "%s/machine%d", yd_test_folder(), ++number);
}

static void put(const char *path, const char *text)
{
    char whole[8192], folder[8192];
    snprintf(whole, sizeof whole, "%s/%s", root, path);
    yd_path_parent(folder, sizeof folder, whole);
    REQUIRE(yd_make_folders(folder, NULL) == YD_OK);
    REQUIRE(yd_file_write(whole, text, strlen(text), NULL) == YD_OK);
}

static const char meminfo[] = "MemTotal:        1000 kB\nMemFree:          10 kB\nMemAvailable:     400 kB\n";

static void asks_the_machine(void)
{
    int64_t available = 0, total = 0;
    new_machine();
    CHECK(!yd_memory_room(root, &available, &total));
    put("proc/meminfo", meminfo);
    CHECK(yd_memory_room(root, &available, &total));
    CHECK(available == 400 * 1024 && total == 1000 * 1024);
    put("proc/meminfo", "MemTotal: lots\n");
    CHECK(!yd_memory_room(root, &available, &total));
    CHECK(yd_memory_room("", &available, &total) && available > 0 && total > available);
}

static void heeds_version_2(void)
{
    int64_t available, total;
    new_machine();
    put("proc/meminfo", meminfo);
    put("proc/self/cgroup", "0::/outer/inner\n");
    put("sys/fs/cgroup/outer/inner/memory.max", "max\n");
    put("sys/fs/cgroup/outer/memory.max", "300000\n");
    put("sys/fs/cgroup/outer/memory.current", "280000\n");
    put("sys/fs/cgroup/outer/memory.stat", "anon 1\ninactive_file 30000\nactive_file 5\n");
    CHECK(yd_memory_room(root, &available, &total));
    CHECK(available == 50000 && total == 300000); /* of the group above, files that are only kept counted */
    put("sys/fs/cgroup/outer/memory.max", "900000000\n"); /* more than there is: the machine decides */
    CHECK(yd_memory_room(root, &available, &total) && total == 1000 * 1024);
}

static void heeds_version_1(void)
{
    int64_t available, total;
    new_machine();
    put("proc/meminfo", meminfo);
    put("proc/self/cgroup", "4:memory,hugetlb:/job\n3:cpu,cpuacct:/\n0::/\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("sys/fs/cgroup/memory/memory.usage_in_bytes", "5\n");
    put("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "200000\n");
    put("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "250000\n");
    CHECK(yd_memory_room(root, &available, &total));
    CHECK(available == 0 && total == 200000);
}

static void count_visit(void *context, const char *folder)
{
    char *seen = context;
    strcat(strcat(seen, folder + strlen(root)), " ");
}

static void walks_upwards(void)
{
    char seen[4096] = "";
    new_machine();
    put("proc/self/cgroup", "2:cpuset:/no\n1:cpu,cpuacct:/a/b\n0::/\nnonsense\n3:cpu\n");
    yd_cgroup_walk(root, "cpu", count_visit, seen);
    CHECK_TEXT(seen, "/sys/fs/cgroup/cpu/a/b /sys/fs/cgroup/cpu/a /sys/fs/cgroup/cpu /sys/fs/cgroup ");
}

static const yd_test_case cases[] = {
    {"asks the machine", asks_the_machine},
    {"heeds version 2", heeds_version_2},
    {"heeds version 1", heeds_version_1},
    {"walks upwards", walks_upwards},
};

TEST_MAIN(cases)
