/** A float32 array with its shape. */
export interface Feed {
  /** Row-major. */
  readonly data: Float32Array;
  /** Extents; [] for a scalar. */
  readonly shape: readonly number[];
}

/** One ONNX graph, ready to run; single-threaded, and the same numbers for the same feeds. */
export interface Session {
  /**
   * Runs the graph once.
   * @param fetch names of the outputs wanted; only these are computed where the runtime can
   * @returns outputs by name, row-major
   */
  run(
    feeds: Readonly<Record<string, Feed>>,
    fetch: readonly string[],
  ): Promise<Readonly<Record<string, Float32Array>>>;
  /** Lets go of the graph and its memory. */
  close(): Promise<void>;
}

/**
 * `native`: the package onnxruntime-node, where it is installed; `wasm`: onnxruntime-web, which gives other last bits of a sum.
 */
export type RuntimeName = 'native' | 'wasm';

/** onnxruntime: as a native library where onnxruntime-node is installed, else as WebAssembly. */
export interface Engine {
  /** Which of the two it is. */
  readonly name: RuntimeName;
  /**
   * Makes a graph ready to run.
   * @param onnx bytes of an ONNX model
   */
  open(onnx: Uint8Array): Promise<Session>;
  /** Channels of the blocks in which its fastest convolutions take images on this processor; 1: it has none. Tried once. */
  channelBlock(): Promise<number>;
}
