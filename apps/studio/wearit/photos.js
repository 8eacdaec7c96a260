// Photos before they are sent: what the service would refuse is found at once, what is only too large is made smaller here.

const TYPES = ['image/jpeg', 'image/png', 'image/webp'];
const MOST_BYTES = 10 * 1024 * 1024;
const MOST_PIXELS = 40_000_000;
/** What a photo is made smaller to; the service keeps 1600 pixels of it. */
const LONGEST = 3200;
const LEAST = 200;

async function decoded(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    return null;
  }
}

async function smaller(bitmap, file) {
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  const context = canvas.getContext('2d');
  // JPEG has no transparency.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/jpeg', 0.92); });
  return blob && new File([blob], file.name.replace(/\.\w+$/, '.jpg'), { type: 'image/jpeg' });
}

/** A photo made ready: `{file, notes}`, or `{fault}` with what is wrong with it. */
export async function prepared(file) {
  const bitmap = await decoded(file);
  if (!bitmap) {
    const heic = /\.(heic|heif)$/i.test(file.name) || /hei[cf]/.test(file.type);
    return { fault: heic
      ? 'Ce navigateur ne lit pas le format HEIC : enregistrez la photo en JPEG, puis réessayez.'
      : 'Ce fichier n’est pas une photo lisible : choisissez un JPEG, un PNG ou un WebP.' };
  }
  try {
    if (Math.min(bitmap.width, bitmap.height) < LEAST) {
      return { fault: `L’image est trop petite (${bitmap.width} × ${bitmap.height} pixels) : il en faut au moins ${LEAST} de côté.` };
    }
    const tooLarge = file.size > MOST_BYTES || bitmap.width * bitmap.height > MOST_PIXELS;
    if (!tooLarge && TYPES.includes(file.type)) return { file, notes: [] };
    const made = await smaller(bitmap, file);
    if (!made || made.size > MOST_BYTES) return { fault: 'Le fichier est trop lourd : 10 Mo au plus.' };
    return { file: made, notes: [tooLarge ? 'La photo a été réduite pour l’envoi.' : 'La photo a été convertie en JPEG pour l’envoi.'] };
  } finally {
    bitmap.close();
  }
}

/** Whether what is dragged are files: a text may still be dropped into a field. */
export const hasFiles = ({ dataTransfer }) => [...dataTransfer.types].includes('Files');

/** The pictures among what was dropped or pasted. */
export const picturesIn = (transfer) => [...(transfer?.files ?? [])].filter((file) => file.type.startsWith('image/') || /\.(jpe?g|png|webp|hei[cf])$/i.test(file.name));
