'use strict';
const { TestEnvironment } = require('jest-environment-node');

/**
 * onnxruntime loads its WebAssembly by a dynamic import, which jest's sandbox has not, and asks whether data are instances
 * of its own Float32Array: so it is loaded outside of the sandbox, and the sandbox takes the typed arrays from outside too.
 */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const type of [Float32Array, Float64Array, Int32Array, BigInt64Array, SharedArrayBuffer])
      this.global[type.name] = type;
    this.global.requireOutside = require;
  }
};
