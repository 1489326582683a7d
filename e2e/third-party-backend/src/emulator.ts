import { readFileSync } from 'node:fs';
import { encodeUf2, readImage, UF2_FAMILIES, type Emulator } from '@opq/flasher';
import { Board } from './board';

/** Runs firmware on an RP2040 in this process; a target names it in `emulator.program`. */
export const rp2040js = (): Emulator => ({
  name: 'rp2040js',
  async boot({ target, image, signal }) {
    signal?.throwIfAborted();
    const program = readImage(new Uint8Array(readFileSync(image)), image, target.flash[0]?.origin ?? 0);
    const board = new Board(
      encodeUf2(program, UF2_FAMILIES.rp2040),
      2 ** (target.emulator?.icountShift ?? 0),
    );
    const stop = async (): Promise<void> => board.end(new Error('it was switched off'));
    return {
      transport: {
        name: target.name,
        write: async (bytes) => board.receive(bytes),
        onData: (listener) => board.line.onData(listener),
        onClose: (listener) => board.line.onClose(listener),
        close: stop,
      },
      start: async () => board.run(),
      stop,
    };
  },
});
