// Package x answers like the X API v2 over real HTTP, with real public posts
// of one national health agency and with generated posts of three accounts
// that say so.
package x

import "time"

// Shift is how much later the sandbox shows the real posts than they were
// published: four years, 29 February included. Their ids stay the real ones;
// they grow with time, as the platform promises, but the moment inside them is
// that much earlier.
const Shift = 1461 * 24 * time.Hour

// What is real in this sandbox and what is not, one sentence each, for pages
// that show its numbers.
const (
	// ModelNoteReal says what comes from the published data.
	ModelNoteReal = "Texts, ids and the final numbers of likes, reposts and replies of CDCgov (as of mid June 2020) are real: public posts of January to June 2020, shown 1,461 days (four years) later than they were published."
	// ModelNoteModelled says what the data lack and a model supplies.
	ModelNoteModelled = "The way each count grew to its final number, and all quotes, bookmarks, impressions, link clicks, profile clicks and followers, are modelled and describe nobody."
	// ModelNoteGenerated says which accounts are made up.
	ModelNoteGenerated = "The accounts parana_gen, saopaulo_gen and scatarina_gen, all their posts and all their numbers are generated; nobody wrote them, and they say so."
	// ModelNoteOff says what a world without the model shows.
	ModelNoteOff = "Only CDCgov's posts with their likes, reposts and replies are shown; generated accounts, followers and all other counts are left out."
)
