/** Where a layer's output stands in the arena. */
export interface Place {
  readonly offset: number;
  readonly bytes: number;
}

/** C that a firmware looks into a model with; what it does not call is not linked. */
export const inspection = (tables: readonly string[], outputs: readonly Place[]): string =>
  `
static const struct {
  const void *bytes;
  uint32_t count;
} inspected_tables[] = {
${tables.length === 0 ? '  {0, 0},' : tables.map((name) => `  {${name}, sizeof ${name}},`).join('\n')}
};

uint32_t opq_model_checksum(opq_checksum *of) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < sizeof inspected_tables / sizeof inspected_tables[0]; i++) {
    if (inspected_tables[i].count) {
      sum = of(sum, inspected_tables[i].bytes, inspected_tables[i].count);
    }
  }
  return sum;
}

static const struct {
  uint32_t offset;
  uint32_t bytes;
} inspected_outputs[OPQ_MODEL_LAYERS] = {
${outputs.map(({ offset, bytes }) => `  {${offset}u, ${bytes}u},`).join('\n')}
};

const int8_t *opq_model_layer_output(uint32_t layer, uint32_t *bytes) {
  *bytes = inspected_outputs[layer].bytes;
  return arena.bytes + inspected_outputs[layer].offset;
}
`.trimStart();
