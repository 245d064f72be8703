// The theme's menu is opened by labels, which the keyboard passes over: here it stops at them, and opens and closes by them.
(() => {
  const labels = document.querySelectorAll(
    "label.md-header__button, label.md-nav__title[for], label.md-nav__link[for]",
  );
  const names = {__drawer: "Menu", __search: "Search"};
  labels.forEach(label => {
    label.tabIndex = 0;
    label.setAttribute("role", "button");
    if (!label.textContent.trim()) label.setAttribute("aria-label", names[label.htmlFor] ?? "Menu");
  });
  document.addEventListener("keydown", event => {
    const label = event.target.closest?.("label[for][role=button]");
    if (label && ["Enter", " "].includes(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      label.click();
    }
  }, true);
})();
