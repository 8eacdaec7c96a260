// What this service offers: the page says which products it serves and which text of consent it asks for.

const { products, consent } = document.documentElement.dataset;

/** The products that are served: `wearit`, `challenge`, `data`. */
export const served = new Set((products ?? 'wearit challenge').split(' '));

/** The version of the consent to the processing of photos that is asked for; null when none is. */
export const consentVersion = consent || null;
