// Writes src/payloads.ts from the JSON schema that the server checks payloads with. With --check it writes nothing and
// fails where the file is not current.
import { readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';

const SCHEMA = new URL('../../nb2pipe/lab/schemas.json', import.meta.url);
const TYPES = new URL('../src/payloads.ts', import.meta.url);

const schema = JSON.parse(readFileSync(SCHEMA, 'utf8'));
const text = await compile(
  { ...schema, type: 'object', additionalProperties: false },
  'Payloads',
  {
    bannerComment:
      '// Made from nb2pipe/lab/schemas.json by `npm run types`; change the schema, not this file.',
    unreachableDefinitions: true,
    style: { singleQuote: true, trailingComma: 'none' }
  }
);
if (process.argv.includes('--check')) {
  if (readFileSync(TYPES, 'utf8') !== text) {
    console.error('src/payloads.ts is not current: npm run types');
    process.exit(1);
  }
} else {
  writeFileSync(TYPES, text);
}
