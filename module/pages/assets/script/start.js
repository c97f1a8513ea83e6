// The start, when all parts are known.

google("default");
ready.then(() => {
	const banner = document.getElementById("consent-banner");
	if (banner) wire(banner);
	// Navigation within a page replaces its body, or brings back a copy.
	let again = 50;
	const keep = () => {
		const other = document.getElementById("consent-banner");
		if (!banner || other === banner) return;
		if (decided) other?.remove();
		else if (other) other.replaceWith(banner);
		else if (again-- > 0) document.body?.append(banner);
	};
	revive(document);
	watch(document);
	new MutationObserver((records) => {
		keep();
		for (const { addedNodes } of records) {
			for (const node of addedNodes) {
				if (node.nodeType !== 1) continue;
				revive(node);
				watch(node.parentNode || node);
			}
		}
	}).observe(document, { childList: true, subtree: true });
});
