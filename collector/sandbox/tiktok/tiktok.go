// Package tiktok answers like TikTok's Display API, its OAuth and the Accounts
// API of the API for Business over real HTTP, with videos that are generated:
// no data of the platform come with a licence that lets us copy them.
package tiktok

// What this sandbox shows, one sentence each, for pages that show its numbers.
const (
	// ModelNoteGenerated says what there is.
	ModelNoteGenerated = "Accounts, videos, texts and times of publication are generated and describe nobody; only the departments' names are those of real governments."
	// ModelNoteModelled says what the numbers are.
	ModelNoteModelled = "All views, likes, comments, shares, saves, reach, watch time and followers, and the way they grew, are modelled and describe nobody."
	// ModelNoteOff says what a world without the model shows.
	ModelNoteOff = "There are no accounts: all that this sandbox shows is generated."
)
