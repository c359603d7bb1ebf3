// What the browser keeps: conversations and pictures, in IndexedDB, on this machine alone.
//
// A window without storage, as a private one may be, works too: then they last as long as the page.

const STORES = ["conversations", "pictures"];
const memory = Object.fromEntries(STORES.map((name) => [name, new Map()]));
let opening;

function database() {
  opening ??= new Promise((resolve) => {
    if (!globalThis.indexedDB) return resolve(null);
    const request = indexedDB.open("akashchat", 1);
    request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name, { keyPath: "id" }));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => {
      console.debug("nothing can be kept here:", request.error?.message);
      resolve(null);
    };
  });
  return opening;
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A place for things that have an `id`. */
export class Kept {
  constructor(name) {
    this.name = name;
  }

  async #store(mode) {
    return (await database())?.transaction(this.name, mode).objectStore(this.name);
  }

  /** All of them, the newest first. */
  async all() {
    const store = await this.#store("readonly");
    const found = store ? await done(store.getAll()) : [...memory[this.name].values()];
    return found.sort((one, other) => other.at - one.at);
  }

  async put(thing) {
    memory[this.name].set(thing.id, thing);
    try {
      const store = await this.#store("readwrite");
      if (store) await done(store.put(thing));
    } catch (full) {
      console.debug("this lasts only as long as the page:", full.message);
    }
  }

  async remove(id) {
    memory[this.name].delete(id);
    const store = await this.#store("readwrite");
    if (store) await done(store.delete(id));
  }
}
