/* Boosted trees as bit vectors: QuickScorer (Lucchese et al., SIGIR 2015), for LANES rows at a time.
 *
 * Each tree has a word with one bit a leaf, leftmost leaf first. A node whose test fails clears the leaves of its left
 * subtree, so the lowest bit that is left is the leaf of the row. The nodes of all trees are grouped by feature and
 * sorted by threshold: one comparison serves every node of a group, and after the first threshold that all rows of a
 * block pass, the rest of that feature is skipped. A NaN passes no threshold, as in ONNX (BRANCH_LEQ).
 *
 * The caller has checked every index; scores are added in the order of the trees, in float, as ONNX Runtime does. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LANES 32  /* rows of a block; of 16, gcc 12 unrolls the loops and computes lane by lane */
#define LEAVES 16 /* bits of a word */

#if defined(__x86_64__) && defined(__GNUC__) && defined(__linux__) && defined(__GLIBC__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

typedef struct {
  int32_t features, groups, trees, classes;
  const int32_t *group_feature;  /* [groups], ascending */
  const float *group_threshold;  /* [groups], ascending within a feature */
  const int32_t *group_begin;    /* [groups + 1], into the nodes */
  const int32_t *node_tree;      /* [nodes] */
  const uint16_t *node_mask;     /* [nodes], 0 where the left subtree has the leaf */
  const int32_t *tree_class;     /* [trees] */
  const float *leaf_value;       /* [trees, LEAVES] */
} Ensemble;

FOR_EACH_PROCESSOR
static void find_leaves(const Ensemble *e, const float *block /* [features, LANES] */, uint16_t *words /* [trees, LANES] */) {
  memset(words, 0xFF, (size_t)e->trees * LANES * sizeof *words);
  for (int32_t group = 0; group < e->groups; group++) {
    const float threshold = e->group_threshold[group];
    const float *values = block + (size_t)e->group_feature[group] * LANES;
    uint16_t passes[LANES];
    uint16_t all = 0xFFFF;
    for (int lane = 0; lane < LANES; lane++) {
      passes[lane] = values[lane] <= threshold ? 0xFFFF : 0;
      all &= passes[lane];
    }
    if (all) {
      const int32_t feature = e->group_feature[group];
      while (group + 1 < e->groups && e->group_feature[group + 1] == feature) group++;
      continue;
    }
    for (int32_t node = e->group_begin[group]; node < e->group_begin[group + 1]; node++) {
      const uint16_t mask = e->node_mask[node];
      uint16_t *word = words + (size_t)e->node_tree[node] * LANES;
      for (int lane = 0; lane < LANES; lane++) word[lane] &= passes[lane] | mask;
    }
  }
}

/* Adds up the leaves that are left, one a tree. The lowest bit alone is a power of two: as a float, its exponent is
 * the place of the bit, which compilers compute for all lanes at once. */
FOR_EACH_PROCESSOR
static void add_leaves(const Ensemble *e, const uint16_t *words, float *sums) {
  memset(sums, 0, (size_t)e->classes * LANES * sizeof *sums);
  for (int32_t tree = 0; tree < e->trees; tree++) {
    const uint16_t *word = words + (size_t)tree * LANES;
    const float *leaves = e->leaf_value + (size_t)tree * LEAVES;
    float *sum = sums + (size_t)e->tree_class[tree] * LANES;
    int32_t leaf[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      const int32_t lowest = word[lane] & -(int32_t)word[lane];
      const float power = (float)lowest;
      int32_t bits;
      memcpy(&bits, &power, sizeof bits);
      leaf[lane] = ((bits >> 23) - 127) & (LEAVES - 1); /* inside the table whatever the words are */
    }
    for (int lane = 0; lane < LANES; lane++) sum[lane] += leaves[leaf[lane]];
  }
}

/* Grows with every change of Ensemble or of a function here: a library that was compiled before is not used then. */
int32_t bit_vectors_version(void) { return 2; }

/* Adds up scores [rows, classes] of features [rows, features]. `block` is [features, LANES], `words` [trees, LANES],
 * `sums` [classes, LANES]: the caller's, so that nothing is allocated here. */
void bit_vectors_score(const Ensemble *e, const float *features, int64_t rows, float *scores, float *block,
                       uint16_t *words, float *sums) {
  for (int64_t first = 0; first < rows; first += LANES) {
    const int here = rows - first < LANES ? (int)(rows - first) : LANES;
    for (int lane = 0; lane < LANES; lane++) {
      const float *row = features + (first + (lane < here ? lane : here - 1)) * e->features; /* the last row fills up */
      for (int32_t feature = 0; feature < e->features; feature++) block[(size_t)feature * LANES + lane] = row[feature];
    }
    find_leaves(e, block, words);
    add_leaves(e, words, sums);
    for (int lane = 0; lane < here; lane++)
      for (int32_t class = 0; class < e->classes; class++)
        scores[(first + lane) * e->classes + class] = sums[(size_t)class * LANES + lane];
  }
}
