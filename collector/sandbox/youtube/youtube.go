// Package youtube answers like the YouTube Data API v3 over real HTTP, with
// videos that are generated: no data of the platform come with a licence that
// lets us copy them.
package youtube

// What this sandbox shows, one sentence each, for pages that show its numbers.
const (
	// ModelNoteGenerated says what there is.
	ModelNoteGenerated = "Channels, videos, titles, descriptions and times of publication are generated and describe nobody; only the departments' names are those of real governments."
	// ModelNoteModelled says what the numbers are.
	ModelNoteModelled = "All views, likes, comments and subscribers, and the way they grew, are modelled and describe nobody."
	// ModelNoteHidden says what stays unknown.
	ModelNoteHidden = "Numbers that a channel hides, and comments that are switched off, are left out, as the platform leaves them out; they are never zero."
	// ModelNoteOff says what a world without the model shows.
	ModelNoteOff = "There are no channels: all that this sandbox shows is generated."
)

// generatedNote stands in every description.
const generatedNote = "Generated for the sandbox; describes nobody."
