package facebook

import "strconv"

// A tongue is a language with what the texts are made of.
type tongue struct {
	part   float64
	places []string // as they follow a phrase
	number string   // before the post's number
	note   string   // says what the post is
}

// tongues are the languages of the texts. Their parts add up to one.
var tongues = []tongue{
	{0.6, []string{"na capital", "no litoral", "no interior", "na serra", "no vale", "na fronteira"}, "Publicação nº ", "Gerada para o sandbox; não descreve ninguém."},
	{0.2, []string{"in the capital", "on the coast", "in the countryside", "in the hills", "in the valley", "at the border"}, "Post no. ", "It stands in for a post of a public office."},
	{0.2, []string{"دارالحکومت میں", "ساحلی علاقے میں", "دیہی علاقوں میں", "پہاڑی علاقے میں", "وادی میں", "سرحدی علاقے میں"}, "پوسٹ نمبر ", "یہ پوسٹ سینڈ باکس کے لیے بنائی گئی ہے اور کسی کا احوال نہیں بتاتی۔"},
}

// A topic is what a post is about, with hashtags and phrases in the order of
// tongues.
type topic struct {
	tags    [3]string
	phrases [3][2]string
}

var topics = []topic{
	{[3]string{"Saúde", "Health", "صحت"}, [3][2]string{
		{"Vacinação nas escolas começa", "Hospital regional amplia atendimento"},
		{"Vaccination in schools begins", "The regional hospital opens more beds"},
		{"اسکولوں میں ویکسینیشن کا آغاز", "علاقائی ہسپتال میں سہولیات کا اضافہ"}}},
	{[3]string{"Educação", "Education", "تعلیم"}, [3][2]string{
		{"Novas salas de aula entregues", "Inscrições abertas para cursos técnicos"},
		{"New classrooms handed over", "Technical courses are open"},
		{"نئے کلاس روم مکمل", "فنی کورسز میں داخلے جاری"}}},
	{[3]string{"Estradas", "Roads", "سڑکیں"}, [3][2]string{
		{"Recuperação da rodovia avança", "Nova ponte liberada ao trânsito"},
		{"Repairs of the highway go on", "A new bridge is open to traffic"},
		{"شاہراہ کی بحالی جاری", "نیا پل ٹریفک کے لیے کھل گیا"}}},
	{[3]string{"Água", "Water", "پانی"}, [3][2]string{
		{"Sistema de abastecimento renovado", "Poços artesianos para a estiagem"},
		{"The water supply is renewed", "Wells for the dry season"},
		{"پانی کی فراہمی کا نظام بہتر", "خشک موسم کے لیے کنویں"}}},
	{[3]string{"Segurança", "Safety", "تحفظ"}, [3][2]string{
		{"Bombeiros recebem equipamentos", "Campanha de trânsito seguro"},
		{"Firefighters receive equipment", "A campaign for safe roads"},
		{"فائر بریگیڈ کو نئے آلات", "محفوظ ٹریفک مہم"}}},
	{[3]string{"Agricultura", "Farming", "زراعت"}, [3][2]string{
		{"Sementes distribuídas a produtores", "Feira da agricultura familiar"},
		{"Seeds for farmers", "The fair of family farms"},
		{"کسانوں میں بیج کی تقسیم", "کسان میلے کا انعقاد"}}},
	{[3]string{"DefesaCivil", "Emergency", "ہنگامی_امداد"}, [3][2]string{
		{"Alerta de chuvas fortes", "Abrigos preparados para as famílias"},
		{"Heavy rain warning", "Shelters are ready for families"},
		{"شدید بارش کی وارننگ", "خاندانوں کے لیے پناہ گاہیں تیار"}}},
	{[3]string{"Cultura", "Culture", "ثقافت"}, [3][2]string{
		{"Museu estadual reabre as portas", "Festival de teatro gratuito"},
		{"The state museum reopens", "A theatre festival, free for all"},
		{"ریاستی عجائب گھر دوبارہ کھل گیا", "مفت تھیٹر میلہ"}}},
}

// write makes the post's text. n is its number on the Page.
func (p *post) write(n int) {
	h := p.hash
	l := 0
	for part := h.Unit(drawLanguage) - tongues[0].part; part >= 0 && l < len(tongues)-1; part -= tongues[l].part {
		l++
	}
	t, about := &tongues[l], &topics[h.Draw(drawTopic)%uint64(len(topics))]
	p.message = about.phrases[l][h.Draw(drawPhrase)%2] + " " + t.places[h.Draw(drawPlace)%uint64(len(t.places))] + ".\n\n" +
		t.number + strconv.Itoa(n) + ". " + t.note + "\n" + generatedNote + "\n\n#" + about.tags[l] + " #sandbox"
}
