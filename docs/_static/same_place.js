/* The language switch leads to the place of the sister page where the reader is. */
document.addEventListener("DOMContentLoaded", () => {
  for (const link of document.querySelectorAll("a.language-switch")) {
    const places = JSON.parse(link.dataset.places);
    const lead = () => {
      const above = places.filter(([here]) => {
        const { top } = document.getElementById(here).getBoundingClientRect();
        return top < innerHeight / 3;
      });
      // The first place is the page itself, whose top needs no name.
      link.hash = scrollY > 0 && above.length > 1 ? above.at(-1)[1] : "";
    };
    link.addEventListener("click", lead);
    link.addEventListener("auxclick", lead);
  }
});
