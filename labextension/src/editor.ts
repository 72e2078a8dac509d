/** Marks diagnostics at their lines in a cell's editor; hovering shows the message, and what to do. */
import { RangeSetBuilder, StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, hoverTooltip, type DecorationSet, type Tooltip } from '@codemirror/view';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { Diagnostic } from './payloads';
import { offsetsOf } from './places';

interface Mark {
  from: number;
  to: number;
  diagnostic: Diagnostic;
}

const setMarks = StateEffect.define<Mark[]>();

const marks = StateField.define<{ marks: Mark[]; decorations: DecorationSet }>({
  create: () => ({ marks: [], decorations: Decoration.none }),
  update(value, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) {
        return { marks: effect.value, decorations: decorate(effect.value) };
      }
    }
    if (!transaction.docChanged) {
      return value;
    }
    const moved = value.marks.map(mark => ({
      ...mark,
      from: transaction.changes.mapPos(mark.from, 1),
      to: transaction.changes.mapPos(mark.to, -1)
    }));
    return { marks: moved, decorations: value.decorations.map(transaction.changes) };
  },
  provide: field => EditorView.decorations.from(field, value => value.decorations)
});

const extension: Extension = [
  marks,
  hoverTooltip((view, position) => {
    const found = view.state.field(marks).marks.filter(m => m.from <= position && position <= m.to);
    return found.length ? tooltip(found) : null;
  })
];

const known = new WeakSet<EditorView>();

/** Shows the diagnostics of a cell in its editor, in place of those shown before. */
export function markEditor(editor: CodeEditor.IEditor | null, diagnostics: readonly Diagnostic[]): void {
  if (!(editor instanceof CodeMirrorEditor)) {
    return;
  }
  const view = editor.editor;
  if (!known.has(view)) {
    if (!diagnostics.length) {
      return;
    }
    editor.injectExtension(extension);
    known.add(view);
  }
  const source = view.state.doc.toString();
  const found: Mark[] = [];
  for (const diagnostic of diagnostics) {
    const place = offsetsOf(source, diagnostic.place);
    if (place && place.from < place.to) {
      found.push({ ...place, diagnostic });
    }
  }
  found.sort((a, b) => a.from - b.from || a.to - b.to);
  view.dispatch({ effects: setMarks.of(found) });
}

function decorate(found: readonly Mark[]): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to, diagnostic } of found) {
    builder.add(from, to, Decoration.mark({ class: `nb2p-Mark nb2p-mod-${diagnostic.severity}` }));
  }
  return builder.finish();
}

function tooltip(found: readonly Mark[]): Tooltip {
  return {
    pos: found[0].from,
    end: found[found.length - 1].to,
    above: true,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'nb2p-Tooltip';
      for (const { diagnostic } of found) {
        const line = dom.appendChild(document.createElement('div'));
        line.textContent = `${diagnostic.severity}[${diagnostic.code}]: ${diagnostic.message}`;
        if (diagnostic.help) {
          dom.appendChild(document.createElement('div')).textContent = diagnostic.help;
        }
      }
      return { dom };
    }
  };
}
