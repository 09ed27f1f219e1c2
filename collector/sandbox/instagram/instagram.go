// Package instagram answers like the Instagram Graph API over real HTTP, with
// real public posts: those that twenty Brazilian state governments published
// in 2024.
package instagram

// What is real in this sandbox and what is not, one sentence each, for pages
// that show its numbers.
const (
	// ModelNoteReal says what comes from the published data.
	ModelNoteReal = "Captions, links, times of publication and the final numbers of likes and comments (as of 30 April 2025) are real: public posts of 20 Brazilian state governments of 2024."
	// ModelNoteModelled says what the data lack and a model supplies.
	ModelNoteModelled = "The way each count grew to its final number, and all views, reach, saves, shares, reposts, watch times, profile visits, followers and whether a picture was an album, and the stories, alternative texts and texts of comments, are modelled and describe nobody."
	// ModelNoteHidden says what stays unknown.
	ModelNoteHidden = "Numbers of likes that an account had hidden are left out, as the platform leaves them out; they are never zero."
	// ModelNoteOff says what a world without the model shows.
	ModelNoteOff = "Only what the published data hold is shown; insights are empty and followers are left out."
)
