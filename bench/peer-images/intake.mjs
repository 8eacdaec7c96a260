// Image intake by sharp: the three renditions of a picture, upright, on white, without metadata, in the forms that Atelier writes them in.
// usage: node intake.mjs file|cascade FILE…
// `file` makes each rendition from the file, so that libjpeg scales it while it decodes; `cascade` makes each from the one before.
// Every line on standard input is the number of a file, and a folder for its renditions if they are wanted; the answer is milliseconds.
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import sharp from 'sharp';

sharp.cache(false);
sharp.concurrency(1);

const [way, ...paths] = process.argv.slice(2);
const files = await Promise.all(paths.map(path => readFile(path)));

const SOURCE = { width: 1600, height: 1600, fit: 'inside', withoutEnlargement: true };
const DISPLAY = { ...SOURCE, width: 800, height: 800 };
const THUMBNAIL = { width: 200, height: 200, fit: 'cover' };
// For people small, for the engine quickly decoded.
const optimised = quality => ({ quality, chromaSubsampling: '4:2:0', progressive: true, optimiseCoding: true });
const plain = quality => ({ quality, chromaSubsampling: '4:2:0', progressive: false, optimiseCoding: false });

const ways = {
  async file(file) {
    const upright = size => sharp(file).autoOrient().resize(size).flatten({ background: '#fff' });
    return {
      source: await upright(SOURCE).jpeg(plain(90)).toBuffer(),
      display: await upright(DISPLAY).jpeg(optimised(85)).toBuffer(),
      thumbnail: await upright(THUMBNAIL).jpeg(optimised(80)).toBuffer(),
    };
  },
  async cascade(file) {
    const pixels = picture => picture.raw().toBuffer({ resolveWithObject: true });
    const of = ({ data, info }) => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
    const source = await pixels(sharp(file).autoOrient().resize(SOURCE).flatten({ background: '#fff' }));
    const display = await pixels(of(source).resize(DISPLAY));
    return {
      source: await of(source).jpeg(plain(90)).toBuffer(),
      display: await of(display).jpeg(optimised(85)).toBuffer(),
      thumbnail: await of(display).resize(THUMBNAIL).jpeg(optimised(80)).toBuffer(),
    };
  },
};

console.log(`sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}, Node ${process.versions.node}`);
for await (const line of createInterface({ input: process.stdin })) {
  const [number, folder] = line.split(' ');
  const start = performance.now();
  const made = await ways[way](files[number]);
  const took = performance.now() - start;
  if (folder) {
    for (const [name, jpeg] of Object.entries(made)) await writeFile(`${folder}/${name}.jpg`, jpeg);
  }
  console.log(took);
}
