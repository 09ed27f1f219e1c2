package youtube

import "strconv"

// A tongue is a language with what the titles and descriptions are made of.
type tongue struct {
	code     string // BCP 47
	part     float64
	note     string   // says what the video is
	live     string   // before the title of a stream
	number   string   // before the video's number
	places   []string // as they follow a phrase
	sentence string   // before the number again
}

// tongues are the languages of the titles. Their parts add up to one.
var tongues = []tongue{
	{"pt-BR", 0.6, "Gerado para o sandbox; não descreve ninguém.", "AO VIVO: ", "nº ",
		[]string{"na capital", "no litoral", "no interior", "na região norte", "na região sul", "no vale", "na serra", "na fronteira"},
		"Este é o vídeo de número "},
	{"en", 0.25, "It stands in for a video of a public office.", "LIVE: ", "no. ",
		[]string{"in the capital", "on the coast", "in the countryside", "in the north", "in the south", "in the valley", "in the hills", "at the border"},
		"This is video number "},
	{"ur", 0.15, "یہ ویڈیو سینڈ باکس کے لیے بنائی گئی ہے اور کسی کا احوال نہیں بتاتی۔", "براہِ راست: ", "نمبر ",
		[]string{"دارالحکومت میں", "ساحلی علاقے میں", "دیہی علاقوں میں", "شمالی علاقے میں", "جنوبی علاقے میں", "وادی میں", "پہاڑی علاقے میں", "سرحدی علاقے میں"},
		"ویڈیو نمبر "},
}

// A topic is what a video is about, with phrases in the order of tongues.
type topic struct {
	category string // of the platform: 22 people, 25 news, 26 how-to, 27 education, 29 causes
	tags     [3]string
	phrases  [3][3]string
}

var topics = []topic{
	{"29", [3]string{"Saúde", "Health", "صحت"}, [3][3]string{
		{"Vacinação contra a gripe", "Novos leitos no hospital", "Mutirão de consultas"},
		{"Flu vaccination", "New hospital beds", "Free check-ups"},
		{"انفلوئنزا کی ویکسین مہم", "ہسپتال میں نئے بستر", "مفت طبی معائنہ"}}},
	{"27", [3]string{"Educação", "Education", "تعلیم"}, [3][3]string{
		{"Escolas em tempo integral", "Feira de ciências", "Matrículas abertas"},
		{"Full-day schools", "The science fair", "School enrolment opens"},
		{"اسکولوں میں داخلہ مہم", "سائنس میلہ", "اساتذہ کی تربیت"}}},
	{"25", [3]string{"Estradas", "Roads", "سڑکیں"}, [3][3]string{
		{"Obras na rodovia", "Ponte nova", "Ônibus mais rápidos"},
		{"Works on the highway", "A new bridge", "Faster buses"},
		{"شاہراہ کی مرمت", "نیا پل", "بس سروس میں بہتری"}}},
	{"25", [3]string{"Segurança", "Safety", "تحفظ"}, [3][3]string{
		{"Bombeiros em treinamento", "Blitz educativa", "Novas viaturas"},
		{"Firefighters in training", "Road safety week", "New patrol cars"},
		{"فائر بریگیڈ کی مشق", "ٹریفک آگاہی ہفتہ", "نئی گشتی گاڑیاں"}}},
	{"29", [3]string{"Água", "Water", "پانی"}, [3][3]string{
		{"Água tratada chega", "Limpeza dos rios", "Poços para a seca"},
		{"Clean water arrives", "Cleaning the rivers", "Wells against the drought"},
		{"صاف پانی کی فراہمی", "دریاؤں کی صفائی", "خشک سالی کے خلاف کنویں"}}},
	{"26", [3]string{"Agricultura", "Farming", "زراعت"}, [3][3]string{
		{"Sementes para a safra", "Crédito ao produtor", "Feira do campo"},
		{"Seeds for the season", "Loans for farmers", "The farmers' market"},
		{"کسانوں کے لیے بیج", "زرعی قرضے", "کسان میلہ"}}},
	{"22", [3]string{"Emprego", "Jobs", "روزگار"}, [3][3]string{
		{"Vagas de emprego", "Cursos gratuitos", "Primeiro emprego"},
		{"Job openings", "Free courses", "A first job"},
		{"ملازمت کے مواقع", "مفت تربیتی کورس", "نوجوانوں کے لیے روزگار"}}},
	{"22", [3]string{"Cultura", "Culture", "ثقافت"}, [3][3]string{
		{"Festival de música", "Museus de portas abertas", "Feira do livro"},
		{"The music festival", "Museums open their doors", "The book fair"},
		{"موسیقی کا میلہ", "عجائب گھر سب کے لیے کھلے", "کتاب میلہ"}}},
	{"29", [3]string{"MeioAmbiente", "Environment", "ماحول"}, [3][3]string{
		{"Plantio de árvores", "Coleta seletiva", "Parque reaberto"},
		{"Planting trees", "Sorting waste", "The park reopens"},
		{"شجرکاری مہم", "کچرے کی چھانٹی", "پارک دوبارہ کھل گیا"}}},
	{"25", [3]string{"DefesaCivil", "Emergency", "ہنگامی_امداد"}, [3][3]string{
		{"Alerta de chuva forte", "Abrigos prontos", "Telefone da emergência"},
		{"Heavy rain warning", "Shelters are ready", "The emergency number"},
		{"شدید بارش کی وارننگ", "پناہ گاہیں تیار", "ہنگامی فون نمبر"}}},
}

// sandboxMark ends every title.
const sandboxMark = " [sandbox]"

// write makes the video's texts. n is its number in the channel.
func (v *video) write(n int, suffix string) {
	h := v.hash
	l := 0
	for part := h.Unit(drawLanguage) - tongues[0].part; part >= 0 && l < len(tongues)-1; part -= tongues[l].part {
		l++
	}
	t := &tongues[l]
	about := &topics[h.Draw(drawTopic)%uint64(len(topics))]
	phrase := about.phrases[l][h.Draw(drawPhrase)%3]
	number := strconv.Itoa(n)

	v.language, v.category = t.code, about.category
	v.tags = []string{about.tags[l], "sandbox"}
	v.title = phrase + " " + t.places[h.Draw(drawPlace)%uint64(len(t.places))] + " | " + t.number + number + sandboxMark + suffix
	if v.stream() {
		v.title = t.live + v.title
	}
	v.description = generatedNote + "\n" + t.note + "\n\n" + t.sentence + number + ". #" + about.tags[l] + " #sandbox\n\nhttps://example.org/" + v.channel.Handle + "/" + number
}
