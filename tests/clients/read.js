// Read a list of JSON-LD documents from standard input; write, for each, what jsonld.js and jsonld-streaming-parser read in it, as N-Quads.
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import jsonld from 'jsonld';
import { JsonLdParser } from 'jsonld-streaming-parser';

const term = (term) => {
  if (term.termType === 'NamedNode') return `<${term.value}>`;
  if (term.termType === 'BlankNode') return `_:${term.value}`;
  const type = term.language ? `@${term.language}` : `^^<${term.datatype.value}>`;
  return JSON.stringify(term.value) + type;
};

const read = [];
for (const document of JSON.parse(await text(process.stdin))) {
  const lines = [];
  for await (const { subject, predicate, object } of Readable.from([document]).pipe(new JsonLdParser())) {
    lines.push(`${term(subject)} ${term(predicate)} ${term(object)} .\n`);
  }
  read.push([await jsonld.toRDF(JSON.parse(document), { format: 'application/n-quads' }), lines.join('')]);
}
console.log(JSON.stringify(read));
