// htmx writes the path of each page it loads on into sessionStorage, history or not. Nothing of ours is kept there.
try {
  sessionStorage.removeItem("htmx-current-path-for-history");
} catch {
  // A browser that allows no storage has none to clear.
}
