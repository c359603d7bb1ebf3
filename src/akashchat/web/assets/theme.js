// Before anything is painted: the colours somebody chose, if not the system's.  Loaded as a plain script.
try {
  const kept = localStorage.getItem("akashchat-theme");
  if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
} catch (refused) {
  console.debug("no choice of colours is kept:", refused.message);
}
