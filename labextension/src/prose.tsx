/** Messages with names in backticks, shown as code. */
import * as React from 'react';

/** The parts of a text: those at odd places stood between backticks. */
export function splitProse(text: string): string[] {
  const parts = text.split('`');
  if (parts.length % 2 === 0) {
    const last = parts.pop() ?? '';
    parts[parts.length - 1] += '`' + last; // a backtick without its partner stays one
  }
  return parts;
}

/** A text with its names as code. */
export function Prose({ text }: { text: string }): React.ReactElement {
  return <>{splitProse(text).map((part, n) => (n % 2 ? <code key={n}>{part}</code> : part))}</>;
}

/** The same as nodes. */
export function proseNodes(text: string): Node[] {
  return splitProse(text).map((part, n) => {
    if (n % 2 === 0) {
      return document.createTextNode(part);
    }
    const code = document.createElement('code');
    code.textContent = part;
    return code;
  });
}
