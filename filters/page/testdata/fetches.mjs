// Tells what a browser would fetch for documents, by parse5's tree and Node's
// URLs (both as WHATWG has them), with scripting and without.
//
// Each line of the input is a document: as a JSON string, or as an object {"html",
// "base"}, where base is the page's own URL. Of a string, those readings are told
// that fetch from other hosts: {"n", "scripting", "urls"}, where n counts documents
// from 0. Of an object, both are told, with all URLs in order and with "shape", a
// digest of the elements. A last line {"documents"} says how many there were.
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { parse } = await import(pathToFileURL(process.argv[2] + '/parse5/dist/index.js'));

const fetchingRels = new Set(['stylesheet', 'icon', 'apple-touch-icon', 'apple-touch-icon-precomposed', 'mask-icon', 'preload', 'modulepreload',
	'prefetch', 'preconnect', 'dns-prefetch', 'prerender', 'manifest']);
const addresses = {
	applet: ['codebase', 'archive'], audio: ['src'], embed: ['src'], fencedframe: ['src'], frame: ['src'], iframe: ['src'],
	img: ['src', 'lowsrc'], object: ['data'], portal: ['src'], script: ['src'], source: ['src'], track: ['src'], video: ['src', 'poster'],
};
const svgAddresses = new Set(['image', 'use', 'feImage', 'script', 'pattern', 'filter', 'linearGradient', 'radialGradient', 'textPath', 'tref', 'mpath', 'cursor']);
const paint = ['fill', 'stroke', 'filter', 'mask', 'clip-path', 'marker', 'marker-start', 'marker-mid', 'marker-end', 'cursor'];
const svg = 'http://www.w3.org/2000/svg', html = 'http://www.w3.org/1999/xhtml';

const cssTokens = /\/\*[^]*?(?:\*\/|$)|@import\s*(?:\/\*[^]*?\*\/\s*)*(?:"((?:\\[^]|[^"\\\n])*)|'((?:\\[^]|[^'\\\n])*))|(?<![\w\-\\])(?:url|src)\(\s*(?:"((?:\\[^]|[^"\\\n])*)|'((?:\\[^]|[^'\\\n])*)|((?:\\[^]|[^)\\])*))|"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?|\\[^]/gi;

function cssURLs(text) {
	const found = [];
	for (const m of text.matchAll(cssTokens)) {
		const url = m.slice(1).find((s) => s !== undefined);
		if (url !== undefined) found.push(url.replace(/\\([0-9a-f]{1,6})\s?|\\\n|\\([^])/gi, (_, hex, c) => (hex ? String.fromCodePoint(parseInt(hex, 16) % 0x110000) : c ?? '')));
	}
	return found;
}

// candidates splits a srcset (WHATWG HTML, section 4.8.4.2.2, without descriptors).
function candidates(text) {
	const found = [];
	for (let rest = text; ;) {
		rest = rest.replace(/^[\s,]+/, '');
		if (rest === '') return found;
		const url = rest.match(/^\S+/)[0];
		rest = rest.slice(url.length);
		found.push(url.replace(/,+$/, ''));
		if (!url.endsWith(',')) rest = rest.replace(/^(?:\([^)]*\)?|[^,(])*/, '');
	}
}

// elements calls f for each element, those in templates too, with its attributes.
function elements(node, f, depth = 0) {
	for (const child of node.childNodes ?? []) {
		if (child.tagName) {
			const attrs = {};
			for (const a of child.attrs) attrs[(a.prefix ? a.prefix + ':' : '') + a.name] ??= a.value;
			f(child, attrs, depth);
		}
		elements(child, f, depth + 1);
		if (child.content) elements(child.content, f, depth + 1);
	}
}

const textOf = (e) => e.childNodes.filter((c) => c.nodeName === '#text').map((c) => c.value).join('');

function referencesOf(e, attrs, scripting) {
	const found = [], name = e.tagName, isSVG = e.namespaceURI === svg;
	const add = (...urls) => { for (const url of urls) if (url !== undefined) found.push(url); };
	if (attrs.style !== undefined && attrs.style.includes('(')) add(...cssURLs(attrs.style));
	if (name === 'style' && (e.namespaceURI === html || isSVG) && /^(text\/css)?$/i.test(attrs.type ?? '')) add(...cssURLs(textOf(e)));
	if (isSVG) {
		if (svgAddresses.has(name)) add(attrs.href, attrs['xlink:href']);
		if (/^(animate|set)$/.test(name) && /href$/i.test(attrs.attributeName ?? '')) add(attrs.to, attrs.from, ...(attrs.values ?? '').split(';'));
		for (const key of paint) if (attrs[key]?.includes('(')) add(...cssURLs(attrs[key]));
	}
	if (e.namespaceURI !== html) return found;
	for (const key of addresses[name] ?? []) add(attrs[key]);
	if (/^(body|table|thead|tbody|tfoot|tr|td|th)$/.test(name)) add(attrs.background);
	if (/^(img|source)$/.test(name)) add(...candidates(attrs.srcset ?? ''));
	if (/^(a|area)$/.test(name)) add(...(attrs.ping ?? '').split(/\s+/).filter(Boolean));
	if (name === 'input' && (attrs.type ?? '').toLowerCase() === 'image') add(attrs.src);
	if (name === 'link' && (attrs.rel ?? '').toLowerCase().split(/\s+/).some((rel) => fetchingRels.has(rel))) {
		add(attrs.href, ...candidates(attrs.imagesrcset ?? ''));
	}
	if (name === 'meta' && (attrs['http-equiv'] ?? '').toLowerCase() === 'refresh') {
		const m = (attrs.content ?? '').match(/^\s*(?:\d+|(?=\.))[\d.]*(?:\s*[;,]\s*|\s+)(?:url\s*=\s*)?(?:"([^"]*)|'([^']*)|([^]+))/i);
		if (m) add(m[1] ?? m[2] ?? m[3]);
	}
	if (name === 'iframe' && attrs.srcdoc !== undefined) found.push(...references(attrs.srcdoc, scripting).urls);
	return found;
}

function references(text, scripting) {
	const found = [];
	let base, shape = '';
	elements(parse(text, { scriptingEnabled: scripting }), (e, attrs, depth) => {
		if (e.tagName === 'base' && e.namespaceURI === html) base ??= attrs.href;
		found.push(...referencesOf(e, attrs, scripting));
		shape += depth + e.namespaceURI[18] + e.tagName + ' ';
	});
	const urls = base === undefined ? found : found.map((url) => resolve(url, resolve(base, page) ?? page) ?? '');
	return { urls, shape };
}

let page; // the present document's URL

function resolve(url, base) {
	try {
		return new URL(url, base).href;
	} catch {
		return undefined; // a browser fetches nothing
	}
}

let n = 0, lines = [];
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
	let document = JSON.parse(line);
	const all = typeof document !== 'string';
	if (!all) document = { html: document };
	page = document.base ?? 'https://shop.example/';
	const own = new URL(page).host;
	for (const scripting of [true, false]) {
		const found = references(document.html, scripting);
		const urls = found.urls.map((url) => resolve(url, page)).filter((url) => {
			const u = url && new URL(url);
			return u && /^(https?|wss?|ftp):$/.test(u.protocol) && (all || u.host !== own);
		});
		const shape = all ? createHash('sha256').update(found.shape).digest('hex') : undefined;
		if (all || urls.length > 0) lines.push(JSON.stringify({ n, scripting, urls, shape }));
	}
	n++;
	if (lines.length > 1000) {
		process.stdout.write(lines.join('\n') + '\n');
		lines = [];
	}
}
process.stdout.write([...lines, JSON.stringify({ documents: n })].join('\n') + '\n');
