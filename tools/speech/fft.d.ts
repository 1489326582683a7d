/** fft.js has no types of its own. */
declare module 'fft.js' {
  export default class FFT {
    constructor(size: number);
    /** Real and imaginary parts in turn, for `size` values. */
    createComplexArray(): number[];
    /** The left half of the spectrum of real numbers. */
    realTransform(out: number[], data: ArrayLike<number>): void;
  }
}
