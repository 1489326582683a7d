/** A code of the catalogue: `OPQ` and four digits; the first two name the area (see `catalogue/`). */
export type ErrorCode = `OPQ${number}`;

/** An error as it is told: its code, what happened and where, and what to do. */
export interface ErrorText {
  /** Looked up in docs/errors.md. */
  readonly code: ErrorCode;
  /** One sentence that names the thing and its place. */
  readonly message: string;
  /** What the user can do about it. */
  readonly hint: string;
}

/**
 * Every failure a user can cause, or that the world can cause (a port unplugged, a disk full). Thrown instances are
 * made only by the catalogue's functions. Anything else that is thrown is a defect of opq itself.
 */
export class OpqError extends Error implements ErrorText {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(text: ErrorText, options?: { readonly cause?: unknown }) {
    // Entries escape what they quote; nothing that reaches a terminal relies on that alone.
    super(
      text.message
        .split('\n')
        .map((line) => printable(line, Infinity))
        .join('\n'),
      options,
    );
    this.name = 'OpqError';
    this.code = text.code;
    this.hint = text.hint;
  }

  toJSON(): ErrorText {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

/** An error that another process met, told here as it was told there. */
export const passedOn = (text: ErrorText): OpqError => new OpqError(text);

/** Names come from model files and boards: control characters become `\xNN` and long names are cut before they are shown. */
export function printable(name: string, limit = 80): string {
  const escaped = name.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return escaped.length > limit ? `${escaped.slice(0, limit - 1)}…` : escaped;
}
