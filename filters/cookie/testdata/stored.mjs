// Tells what tough-cookie stores of Set-Cookie fields. Each line of the input is
// {"url", "now", "fields"}, with now in milliseconds; each line of the output is a
// list with what is stored of each field when it comes alone, or null.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { CookieJar } = await import(pathToFileURL(process.argv[2] + '/tough-cookie/dist/index.js'));

function store(field, url, now) {
	const jar = new CookieJar(undefined, { looseMode: true, prefixSecurity: 'silent' });
	const cookie = jar.setCookieSync(field, url, { ignoreError: true, now });
	const [kept] = jar.serializeSync().cookies;
	if (!cookie || !kept) return null;
	const ends = cookie.expiryTime(now);
	return {
		name: cookie.key, value: cookie.value, domain: cookie.domain, hostOnly: cookie.hostOnly, path: cookie.path,
		secure: cookie.secure, httpOnly: cookie.httpOnly, sameSite: cookie.sameSite ?? '',
		ends: ends === undefined || ends === Infinity ? null : Math.max(ends, 0),
	};
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
	const { url, now, fields } = JSON.parse(line);
	console.log(JSON.stringify(fields.map((field) => store(field, url, new Date(now)))));
}
