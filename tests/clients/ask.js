// Comunica asks: reads a list of [address, query] from standard input, and writes the list of the answers as text.
import { text } from 'node:stream/consumers';
import { QueryEngine } from '@comunica/query-sparql';

const FORMATS = { bindings: 'text/csv', boolean: 'simple', quads: 'application/n-triples' };

const answers = [];
for (const [address, query] of JSON.parse(await text(process.stdin))) {
  // A new engine each time: it would remember what the address is.
  const engine = new QueryEngine();
  const result = await engine.query(query, { sources: [address] });
  const { data } = await engine.resultToString(result, FORMATS[result.resultType]);
  answers.push(await text(data));
}
console.log(JSON.stringify(answers));
