/** A float32 array with its shape. */
export interface Feed {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** One ONNX graph, ready to run; single-threaded, and the same numbers for the same feeds. */
export interface Session {
  /** @param fetch names of the outputs wanted; only these are computed where the runtime can */
  run(
    feeds: Readonly<Record<string, Feed>>,
    fetch: readonly string[],
  ): Promise<Readonly<Record<string, Float32Array>>>;
  close(): Promise<void>;
}

export type RuntimeName = 'native' | 'wasm';

/** onnxruntime: as a native library where onnxruntime-node is installed, else as WebAssembly. */
export interface Engine {
  readonly name: RuntimeName;
  open(onnx: Uint8Array): Promise<Session>;
}
