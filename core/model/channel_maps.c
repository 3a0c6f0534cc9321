#include "model/channel_maps.h"
#include <string.h>

typedef struct mapper {
    yd_model *model;
    const yd_channel_map **forced; /* [value]: the map that a convolution's output took over, or NULL */
    bool failed;                   /* memory */
} mapper;

static yd_channel_map identity(mapper *m, int count, int block)
{
    int32_t *index = yd_arena_alloc(m->model->arena, (size_t)count, sizeof *index);
    if (!index) m->failed = true;
    for (int c = 0; index && c < count; c++) index[c] = c;
    return (yd_channel_map){count, (count + block - 1) / block * block, index};
}

static bool same(const yd_channel_map *a, const yd_channel_map *b)
{
    return a->count == b->count && a->physical == b->physical &&
           memcmp(a->index, b->index, (size_t)a->count * sizeof *a->index) == 0;
}

/* The parts, one after the other: those of a concatenation, or one as often as repeat says. */
static yd_channel_map joined(mapper *m, const yd_node *node, int repeat)
{
    const yd_channel_map *maps = m->model->maps;
    int parts = node->input_count * repeat;
    yd_channel_map map = {0};
    for (int i = 0; i < parts; i++) map.count += maps[node->inputs[i / repeat]].count;
    int32_t *index = yd_arena_alloc(m->model->arena, (size_t)map.count, sizeof *index);
    if (!index) m->failed = true;
    int32_t *next = index;
    for (int i = 0; i < parts; i++) {
        const yd_channel_map *part = &maps[node->inputs[i / repeat]];
        for (int c = 0; index && c < part->count; c++) *next++ = map.physical + part->index[c];
        map.physical += part->physical;
    }
    map.index = index;
    return map;
}

/* The input of an add whose map can be replaced: a convolution's that still has its own. */
static int find_pliable(const mapper *m, const yd_node *add)
{
    for (int i = add->input_count - 1; i >= 0; i--) {
        int producer = m->model->graph.values[add->inputs[i]].producer;
        if (m->model->graph.nodes[producer].kind == YD_OP_CONV && !m->forced[add->inputs[i]]) return i;
    }
    return -1;
}

/* The next map that an add's inputs call for, given to a convolution; false where all are well or none can
 * be. */
static bool force(mapper *m, const yd_node *add, bool *conflict)
{
    const yd_channel_map *maps = m->model->maps;
    for (int i = 1; i < add->input_count; i++) {
        if (same(&maps[add->inputs[0]], &maps[add->inputs[i]])) continue;
        int pliable = find_pliable(m, add), other = pliable == 0 ? i : 0;
        *conflict = pliable < 0;
        if (*conflict) return false;
        yd_channel_map *copy = yd_arena_alloc(m->model->arena, 1, sizeof *copy);
        if (!copy)
            m->failed = true;
        else
            *copy = maps[add->inputs[other]];
        m->forced[add->inputs[pliable]] = copy;
        return !m->failed;
    }
    return false;
}

/* Where every channel is convolved alone, outputs lie as the inputs do: that is what makes it cheap. */
static bool is_depthwise(const yd_node *node)
{
    return node->groups == node->in_channels && node->groups == node->out_channels && node->inputs[0] != 0;
}

static yd_channel_map map_output(mapper *m, const yd_node *node)
{
    const yd_channel_map *maps = m->model->maps;
    int channels = m->model->graph.values[node->output].channels;
    switch (node->kind) {
    case YD_OP_CONV:
        if (m->forced[node->output]) return *m->forced[node->output];
        if (is_depthwise(node)) return maps[node->inputs[0]];
        return identity(m, channels, m->model->backend->channel_block);
    case YD_OP_HEAD:
    case YD_OP_ATTENTION:
    case YD_OP_DEPTH_TO_SPACE:
        return identity(m, channels, m->model->backend->channel_block);
    case YD_OP_CONCAT:
        return joined(m, node, 1);
    case YD_OP_SPACE_TO_DEPTH: /* so that whole blocks move */
        return joined(m, node, node->factor * node->factor);
    default:
        return maps[node->inputs[0]];
    }
}

/* One pass over the graph; true where an add gave a convolution another map, so that all has to be done
 * again. */
static bool map_all(mapper *m, int *conflict_layer)
{
    const yd_graph *graph = &m->model->graph;
    m->model->maps[0] = identity(m, graph->values[0].channels, 1);
    for (int n = 0; n < graph->node_count && !m->failed; n++) {
        const yd_node *node = &graph->nodes[n];
        bool conflict = false;
        if (node->kind == YD_OP_ADD && force(m, node, &conflict)) return true;
        if (conflict) {
            *conflict_layer = node->layer;
            return false;
        }
        if (!m->failed) m->model->maps[node->output] = map_output(m, node);
    }
    return false;
}

yd_status yd_model_map_channels(yd_model *model, yd_error *error)
{
    size_t count = (size_t)model->graph.value_count;
    mapper m = {.model = model};
    model->maps = yd_arena_alloc(model->arena, count, sizeof *model->maps);
    m.forced = yd_arena_alloc(model->arena, count, sizeof(const yd_channel_map *));
    if (!model->maps || !m.forced) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    int conflict = -1;
    while (map_all(&m, &conflict)) {
    } /* each round gives one convolution its final map */
    if (m.failed) return yd_fail(error, YD_ERR_MEMORY, "out of memory");
    if (conflict >= 0)
        return yd_fail(error, YD_ERR_UNSUPPORTED, "%s: row %d adds two concatenations of different parts",
                       model->yaml.file ? model->yaml.file : "model", conflict);
    return YD_OK;
}
