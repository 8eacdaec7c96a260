//! French sentences, as students and models write them.

const PROMPTS: [&str; 8] = [
    "Tu es un consultant en stratégie ; résume le document ci-dessous en cinq points, sans jargon.",
    "Réponds uniquement à partir du texte fourni et cite la phrase qui justifie chaque affirmation.",
    "Propose trois variantes, du ton le plus formel au plus familier, et explique tes choix.",
    "Avant de répondre, énumère les hypothèses que tu fais et signale ce qui manque pour conclure.",
    "Rédige la synthèse à destination d'un comité de direction qui ne connaît pas le sujet.",
    "Compare les deux approches dans un tableau : coûts, délais, risques, effets sur les équipes.",
    "Reformule ta réponse précédente en moins de cent mots, en gardant les chiffres exacts.",
    "Vérifie chaque calcul étape par étape, puis donne le résultat final sur une seule ligne.",
];

const ANSWERS: [&str; 8] = [
    "Le document présente une stratégie de développement fondée sur la fidélisation plutôt que sur l'acquisition de nouveaux clients.",
    "Les données du deuxième trimestre montrent une hausse de 12 % du panier moyen, compensée par une baisse de la fréquence d'achat.",
    "L'hypothèse principale est que les coûts logistiques resteront stables, ce que le texte n'établit pas explicitement.",
    "À court terme, le risque le plus élevé concerne la disponibilité des équipes formées aux nouveaux outils d'analyse.",
    "La première approche demande un investissement initial plus important, mais son coût récurrent est inférieur dès la troisième année.",
    "En résumé : clarifier les responsabilités, mesurer chaque semaine, et n'étendre le dispositif qu'après deux mois de résultats probants.",
    "Il conviendrait de compléter cette analyse par des entretiens qualitatifs, car les chiffres seuls n'expliquent pas l'écart observé.",
    "Pour un public non spécialiste, on peut comparer ce mécanisme à une bibliothèque dont le catalogue se mettrait à jour de lui-même.",
];

const COMMENTS: [&str; 4] = [
    "Consigne claire et bien structurée, le format attendu est précisé dès le départ.",
    "Bonne utilisation du contexte, mais les contraintes arrivent trop tard dans l'échange.",
    "Le prompt final est concis et reproductible ; la vérification des sources est un vrai plus.",
    "La demande reste vague : le modèle doit deviner le public visé et le niveau de détail.",
];

fn sentences(from: &[&str], first: usize, count: usize) -> String {
    (0..count).map(|number| from[(first + number * 3 + number / from.len()) % from.len()]).collect::<Vec<_>>().join(" ")
}

/// What a student asks.
pub(crate) fn prompt(seed: usize) -> String {
    format!("Demande n° {seed}. {}", sentences(&PROMPTS, seed, 2 + seed % 4))
}

/// What a model answers.
pub(crate) fn answer(seed: usize) -> String {
    format!("Réponse n° {seed}. {}", sentences(&ANSWERS, seed, 5 + seed % 8))
}

/// What an examiner says.
pub(crate) fn comment(seed: usize) -> String {
    sentences(&COMMENTS, seed, 1 + seed % 3)
}
