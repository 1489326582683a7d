'use strict';
module.exports = globalThis.requireOutside('onnxruntime-web');
