/* Binary cross-entropy on logits with its slope (model_and_loss.md, 12.6; focal: 12.7, Lin et al., ICCV
 * 2017). */
#pragma once

typedef struct yd_bce_rule {
    double positive_weight, gamma; /* 1 and 0: the plain one */
} yd_bce_rule;

/* Loss of logit x against target t; *slope: d(loss)/dx. */
double yd_bce(const yd_bce_rule *rule, double x, double t, double *slope);

enum { YD_BCE_MOST = 128 };
/* The same of count logits, at most YD_BCE_MOST: x becomes the slopes; returns the sum. x and t have room for
 * YD_BCE_MOST and may be overwritten beyond count. The plain rule goes by vectors of whatever the processor
 * has, with the same bits on all of them; error below 4e-16 of loss and slope. */
double yd_bce_many(const yd_bce_rule *rule, double *x, double *t, int count);

/* What yd_bce_many is made of, for each instruction set that this processor has, the base one first, the best
 * last: count, a multiple of 16, slopes into x and losses into t (tests). Returns how many. */
typedef void yd_bce_set(double *x, double *t, int count);
int yd_bce_sets(yd_bce_set *sets[3]);
