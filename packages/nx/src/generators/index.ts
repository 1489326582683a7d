import { OpqError } from '@opq/errors';
import { backend } from './backend';
import { loader } from './loader';
import { target } from './target';

/** An error of the user's in the words of the catalogue, with its hint and without a stack trace, as Nx prints errors. */
const told =
  <Options extends unknown[], Result>(generate: (...options: Options) => Promise<Result>) =>
  async (...options: Options): Promise<Result> => {
    try {
      return await generate(...options);
    } catch (error) {
      if (!(error instanceof OpqError)) throw error;
      const plain = new Error(`${error.code}: ${error.message}\n  ${error.hint}`, { cause: error });
      plain.stack = plain.message;
      throw plain;
    }
  };

export const backendGenerator = told(backend);
export const targetGenerator = told(target);
export const loaderGenerator = told(loader);
