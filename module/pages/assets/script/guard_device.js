// What browsers that know no Permissions-Policy header would still give away.

for (const name of ["getCurrentPosition", "watchPosition"]) {
	wrap(proto("Geolocation"), name, (original) => function (...args) {
		if (has("location")) return original.apply(this, args);
		const error = Object.create(GeolocationPositionError.prototype, { code: { value: 1 }, message: { value: "consent: not given" } });
		setTimeout(() => args[1]?.(error));
		return 0;
	});
}
forbid("MediaDevices", "getUserMedia", (wanted) => {
	const { audio, video } = Object(wanted);
	return (audio && !has("microphone")) || (video && !has("camera"));
}, "NotAllowedError");
wrap(Navigator.prototype, "webkitGetUserMedia", () => (wanted, done, failed) => {
	navigator.mediaDevices.getUserMedia(wanted).then(done, failed);
});
forbid("ContactsManager", "select", () => !has("contacts"));
