"""Short texts as such documents word themselves, written apart from the scan generator; by document type code."""

SAMPLES = {
    "WBA": "Weiterbewilligungsantrag\nAntrag auf Weiterbewilligung der Leistungen zur Sicherung des Lebensunterhalts\n"
    "Nummer der Bedarfsgemeinschaft\nHaben sich Änderungen ergeben?",
    "EKS": "Anlage EKS\nErklärung zum Einkommen aus selbstständiger Tätigkeit, Gewerbebetrieb oder Land- und\n"
    "Forstwirtschaft im Bewilligungszeitraum\nvorläufige Angaben  abschließende Angaben\nBetriebseinnahmen\nSumme",
    "UH3": "Anlage UH 3\nUnterhaltspflichtiger Elternteil\nBesteht eine Beistandschaft beim Jugendamt?",
    "EKB": "Einkommensbescheinigung\nnach § 58 Absatz 1 des Zweiten Buches Sozialgesetzbuch\nvom Arbeitgeber "
    "auszufüllen",
    "MIBE": "Mietbescheinigung\nzur Vorlage beim Jobcenter\n(vom Vermieter auszufüllen)\nGrundmiete\nWohnfläche\n"
    "Heizkosten",
    "MIET": "Mietvertrag für Wohnräume\nzwischen\nHerrn A als Vermieter\nund Frau B als Mieter\n§ 1 Mieträume\n"
    "Vermietet wird "
    "die Wohnung im 2. OG. Schönheitsreparaturen trägt der Mieter. Die Kaution beträgt drei Monatsmieten.",
    "HKA": "Ihre Jahresabrechnung\nStromabrechnung 2024\nZählernummer 1EMH00\nZählerstand alt\nArbeitspreis 32,1 "
    "ct/kWh\n"
    "Grundpreis\nIhr neuer Abschlag",
    "KTO": "Ihre Umsatzübersicht\nAnfangssaldo\nBuchungstag Verwendungszweck\nLastschrift Strom\nEndsaldo",
    "LOHN": "Entgeltabrechnung März 2025\nSteuerklasse 1\nGesamtbrutto\nLohnsteuer\nKV-Beitrag\nAuszahlungsbetrag",
    "ARBV": "Probe-Arbeitsvertrag\nZwischen der Firma\n(im Folgenden Arbeitgeber genannt)\nund\nFrau C\n§ 2 "
    "Probezeit\nDie "
    "ersten sechs Monate gelten als Probezeit. Der Urlaub beträgt 28 Tage.",
    "ALG1": "Agentur für Arbeit\nBewilligung von Arbeitslosengeld\nAnspruchsdauer 360 Kalendertage\nLeistungsbetrag "
    "täglich",
    "KIGE": "Familienkasse\nFestsetzung von Kindergeld nach dem Einkommensteuergesetz\nfür das Kind D wird Kindergeld "
    "festgesetzt. Kindergeldnummer 115FK",
    "UNTV": "Jugendamt\nBewilligung von Unterhaltsvorschuss\nnach dem Unterhaltsvorschussgesetz (UVG)",
    "RENT": "Deutsche Rentenversicherung Bund\nRentenbescheid\nRente wegen voller Erwerbsminderung\nZahlbetrag\n"
    "Entgeltpunkte",
    "KV": "Mitgliedsbescheinigung\nHiermit bestätigen wir, dass seit dem 1. Mai eine Mitgliedschaft besteht. "
    "Krankenkasse",
    "MELD": "Wohnungsgeberbestätigung nach § 19 Bundesmeldegesetz\nzur Vorlage bei der Meldebehörde\nEinzugsdatum",
    "AUFE": "Aufenthaltserlaubnis\nRESIDENCE PERMIT\n§ 24 Abs. 1 AufenthG\nErwerbstätigkeit erlaubt",
    "SCHU": "Gesamtschule Nord\nSchulbescheinigung\nDie Schülerin besucht im Schuljahr 2024/25 die Klasse 8b",
    "GEBU": "Geburtsurkunde\nStandesamt Musterstadt\nRegisternummer G 112/2019\nMutter\nVater",
    "SCHW": "Bescheinigung über das Bestehen einer Schwangerschaft\nMutmaßlicher Tag der Entbindung\nFrauenärztin Dr. "
    "E",
    "AU": "Arbeitsunfähigkeitsbescheinigung\nErstbescheinigung\narbeitsunfähig seit 03.03.\nvoraussichtlich "
    "arbeitsunfähig bis",
    "AEG": "Ärztlicher Dienst\nSozialmedizinische gutachterliche Stellungnahme\nNegatives Leistungsbild\nvollschichtig",
    "VOLL": "Vollmacht\nHiermit bevollmächtige ich Herrn F, mich gegenüber dem Jobcenter zu vertreten.",
    "BETR": "Amtsgericht Musterstadt\n- Betreuungsgericht -\nBetreuerausweis\nAufgabenkreis: Vermögenssorge",
    "WIDB": "Widerspruchsbescheid\nin der Widerspruchssache der Frau G\nDer Widerspruch wird zurückgewiesen.\n"
    "Gegen diese Entscheidung kann Klage beim Sozialgericht erhoben werden.",
    "WID": "Jobcenter Musterstadt\nWiderspruch gegen den Bescheid vom 15.02.2025\nSehr geehrte Damen und Herren,\n"
    "gegen Ihren Bescheid, zugegangen am 18.02.2025, lege ich hiermit Widerspruch ein.",
    "KLA": "An das Sozialgericht\nKlage\nder Frau H, Klägerin, gegen das Jobcenter, Beklagter\nwegen Grundsicherung\n"
    "Namens der Klägerin erheben wir Klage. Prozesskostenhilfe wird beantragt.",
    "URT": "SOZIALGERICHT MUSTERSTADT\nIM NAMEN DES VOLKES\nURTEIL\nin dem Rechtsstreit\nKlägerin gegen Beklagter\n"
    "hat die 5. Kammer für Recht erkannt: Die Klage wird abgewiesen.\nTatbestand",
    "UEP": "Überprüfungsantrag gem. § 44 SGB X\nhiermit beantrage ich die Überprüfung des Bescheids vom 01.03.",
    "DARL": "Bewilligung eines Darlehens für die Mietkaution\nDie Leistung wird als Darlehen in Höhe von 900 Euro "
    "erbracht "
    "(§ 42a SGB II). Tilgung durch Aufrechnung.",
    "KOOP": "Kooperationsplan\ngemeinsam erarbeitet nach § 15 SGB II\nIhr Eingliederungsziel\nNächste Schritte",
    "VV": "Vermittlungsvorschlag\nIch schlage Ihnen folgende Arbeitsstelle vor. Bitte bewerben Sie sich umgehend.",
    "MASS": "Zuweisung zu einer Maßnahme zur Aktivierung und beruflichen Eingliederung\nMaßnahmeträger\n§ 45 SGB III",
    "VERM": "Aktenvermerk\nTelefonat mit Frau I am 3.3.: Mietvertrag kommt nach. WV am 17.3.",
    "AUSS": "Bericht des Außendienstes\nHausbesuch am 4.4., 10 Uhr. Die Person wurde angetroffen. Inaugenscheinnahme",
    "EINZ": "Mahnung\nInkasso-Service\nDie noch offene Forderung von 120 Euro ist fällig. Mahngebühren 5 Euro",
    "ERST": "Anmeldung eines Erstattungsanspruchs\nHiermit melden wir einen Erstattungsanspruch nach §§ 102 ff. SGB X "
    "an.",
    "AUFH": "Rücknahme- und Erstattungsbescheid\nDie Bewilligung wird nach § 45 SGB X aufgehoben. § 50 SGB X",
}

NOTHING_KNOWN = (
    "",
    "   \n \n",
    "Lieber Herr J,\nvielen Dank für die schönen Blumen. Wir sehen uns am Sonntag.\nGruß K",
    "Angebot der Woche\nKaffee 4,99\nButter 1,79\nNur solange der Vorrat reicht",
    "4711 0815 // 12 ... ,,, ---",
    "Gebrauchsanweisung für den Wasserkocher. Vor dem ersten Gebrauch gründlich spülen.",
)
