// The buffers of a stream as apache-arrow sees them, and its IPC file as nodejs-polars does.
// read_arrow.mjs MODULES FOLDER: reads FOLDER/columns.json and its buffers, writes apache.json and polars.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [modules, folder] = process.argv.slice(2);
const require = createRequire(join(modules, 'read_arrow.cjs'));
const arrow = require('apache-arrow');
const columns = JSON.parse(readFileSync(join(folder, 'columns.json')));
const bytes = (name) => {
    if (name === null) return null;
    const file = readFileSync(join(folder, name));
    return file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
};
const types = {
    f: [new arrow.Float32(), Float32Array], g: [new arrow.Float64(), Float64Array],
    i: [new arrow.Int32(), Int32Array], L: [new arrow.Uint64(), BigUint64Array],
};
const texts = (length, [bits, offsets, data]) => arrow.makeData({
    type: new arrow.Utf8(), length, nullCount: 0, nullBitmap: bytes(bits) ?? undefined,
    valueOffsets: new Int32Array(bytes(offsets)), data: new Uint8Array(bytes(data)),
});
const ids = new Map();
const column = (of) => {
    if (of.format === 'u') return texts(of.length, of.buffers);
    const [type, Values] = types[of.format];
    const common = { length: of.length, nullCount: of.null_count, nullBitmap: of.buffers[0] === null ? undefined : new Uint8Array(bytes(of.buffers[0])) };
    if (!of.labels) return arrow.makeData({ type, ...common, data: new Values(bytes(of.buffers[1])) });
    if (!ids.has(of.name)) ids.set(of.name, new arrow.Dictionary(new arrow.Utf8(), type, ids.size));
    return arrow.makeData({
        type: ids.get(of.name), ...common, data: new Values(bytes(of.buffers[1])),
        dictionary: new arrow.Vector([texts(of.label_count, of.labels)]),
    });
};
const batches = [];
for (const each of columns) (batches[each.batch] ??= {})[each.name] = column(each);
const vectors = {};
for (const name of Object.keys(batches[0])) vectors[name] = new arrow.Vector(batches.map((batch) => batch[name]));
const table = new arrow.Table(vectors);
const plain = (value) => (typeof value === 'bigint' ? Number(value) : value);
const rows = {};
for (const name of Object.keys(vectors)) rows[name] = [...table.getChild(name)].map(plain);
writeFileSync(join(folder, 'apache.json'), JSON.stringify(rows));
writeFileSync(join(folder, 'table.arrow'), arrow.tableToIPC(table, 'file'));
let polars;
try {
    polars = require('nodejs-polars').default ?? require('nodejs-polars');
} catch { process.exit(0); }
const frame = polars.readIPC(readFileSync(join(folder, 'table.arrow')));
const seen = {};
for (const name of frame.columns) {
    const values = frame.getColumn(name);
    seen[name] = (vectors[name].type.dictionary ? values.cast(polars.Utf8) : values).toArray().map(plain);
}
writeFileSync(join(folder, 'polars.json'), JSON.stringify(seen));
