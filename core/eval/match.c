#include "eval/match.h"

const float yd_match_thresholds[YD_MATCH_THRESHOLDS] = {0.5f,  0.55f, 0.6f,  0.65f, 0.7f,
                                                        0.75f, 0.8f,  0.85f, 0.9f,  0.95f};

static const float CONFUSION_CONFIDENCE = 0.25f, CONFUSION_IOU = 0.45f;

static float least(float a, float b)
{
    return a < b ? a : b;
}

static float most(float a, float b)
{
    return a > b ? a : b;
}

/* Boxes x1, y1, x2, y2; inter / (a + b - inter + epsilon) in float32. */
static float box_iou(const float a[4], const float b[4], float epsilon)
{
    float width = least(a[2], b[2]) - most(a[0], b[0]), height = least(a[3], b[3]) - most(a[1], b[1]);
    if (!(width > 0 && height > 0)) return 0; /* also where both boxes are empty: 0 / 0 is no match */
    float shared = width * height;
    float area_a = (a[2] - a[0]) * (a[3] - a[1]), area_b = (b[2] - b[0]) * (b[3] - b[1]);
    return shared / (area_a + area_b - shared + epsilon);
}

/* The label (of class cls, or any where cls < 0) that overlaps box the most, the first among equals; -1 where
 * none overlaps. */
static int best_label(const float box[4], float cls, const float *labels, int m, float epsilon, float *iou)
{
    int best = -1;
    *iou = 0;
    for (int i = 0; i < m; i++) {
        const float *label = labels + 5 * (size_t)i;
        if (cls >= 0 && label[0] != cls) continue;
        float overlap = box_iou(box, label + 1, epsilon);
        if (overlap > *iou) *iou = overlap, best = i;
    }
    return best;
}

static uint16_t passed(float iou, bool strict)
{
    uint16_t mask = 0;
    for (int t = 0; t < YD_MATCH_THRESHOLDS; t++)
        if (strict ? iou > yd_match_thresholds[t] : iou >= yd_match_thresholds[t])
            mask |= (uint16_t)(1u << t);
    return mask;
}

/* The best label is chosen whether it is taken or not: a detection whose best label is taken does not fall
 * back on another. */
void yd_match(const float *detections, int n, const float *labels, int m, yd_matching rule, float epsilon,
              uint16_t *taken, uint16_t *masks)
{
    for (int i = 0; i < m; i++) taken[i] = 0;
    for (int d = 0; d < n; d++) {
        const float *detection = detections + 6 * (size_t)d;
        float iou;
        int label = best_label(detection, detection[5], labels, m, epsilon, &iou);
        masks[d] = 0;
        if (label < 0) continue;
        uint16_t mask = passed(iou, rule == YD_MATCH_PER_CLASS);
        if (rule == YD_MATCH_PER_THRESHOLD) {
            masks[d] = (uint16_t)(mask & ~taken[label]);
            taken[label] |= mask;
        } else if (mask && !taken[label]) {
            masks[d] = mask;
            taken[label] = 1;
        }
    }
}

void yd_confusion_add(double *matrix, int nc, const float *detections, int n, const float *labels, int m,
                      float epsilon, yd_confusion_pair *pairs)
{
    size_t side = (size_t)nc + 1;
    bool any = false;
    for (int i = 0; i < m; i++) pairs[i] = (yd_confusion_pair){.detection = -1, .iou = 0};
    for (int d = 0; d < n; d++) {
        const float *detection = detections + 6 * (size_t)d;
        float iou;
        if (!(detection[4] > CONFUSION_CONFIDENCE)) continue;
        int label = best_label(detection, -1, labels, m, epsilon, &iou);
        if (label < 0 || !(iou > CONFUSION_IOU)) continue;
        any = true;
        if (iou > pairs[label].iou) pairs[label] = (yd_confusion_pair){.detection = d, .iou = iou};
    }
    for (int i = 0; i < m; i++) {
        size_t truth = (size_t)labels[5 * (size_t)i], row = (size_t)nc;
        if (pairs[i].detection >= 0) row = (size_t)detections[6 * (size_t)pairs[i].detection + 5];
        matrix[row * side + truth]++;
    }
    if (!any) return;
    for (int d = 0; d < n; d++) {
        bool matched = false;
        if (!(detections[6 * (size_t)d + 4] > CONFUSION_CONFIDENCE)) continue;
        for (int i = 0; i < m && !matched; i++) matched = pairs[i].detection == d;
        if (!matched) matrix[(size_t)detections[6 * (size_t)d + 5] * side + (size_t)nc]++;
    }
}
