export const storefront = {
  'store.nav.plans': 'Tarife',
  'store.nav.help': 'Hilfe',
  'store.nav.account': 'Ihr Konto',
  'store.nav.terms': 'AGB',
  'store.nav.privacy': 'Datenschutz',
  'store.closed.title': '{{name}} öffnet bald',
  'store.closed.lead': 'Noch gibt es nichts zu kaufen. Bitte kommen Sie in einer Weile wieder.',
  'store.plans.title': 'Tarife',
  'store.plans.head': 'TV-Tarife von {{name}}',
  'store.plans.lead':
    'Wählen Sie einen Tarif und bezahlen Sie. Etwa eine Minute später steht Ihr TV-Login auf dem Bildschirm und in Ihrer E-Mail.',
  'store.plans.none': 'Zurzeit wird kein Tarif verkauft',
  'store.plans.none.lead': 'Bitte kommen Sie später wieder oder schreiben Sie uns.',
  'store.plans.currency': 'Währung',
  'store.free': 'Kostenlos',
  'store.plan.bestValue': 'Bestes Angebot',
  'store.plan.trial': 'Test',
  'store.plan.perMonth': 'im Monat',
  'store.plan.for': 'für {{term}}',
  'store.plan.paidFor': 'einmalig für {{term}}',
  'store.plan.connections_one': '1 Bildschirm',
  'store.plan.connections_other': '{{count}} Bildschirme gleichzeitig',
  'store.plan.devices': 'TV-Stick, Smart-TV, Handy oder Computer',
  'store.plan.boxes': 'Für eine Box, die sich mit ihrer MAC-Adresse anmeldet',
  'store.plan.pairs': 'Für Ihre Geräte und eine Box, die sich mit ihrer MAC-Adresse anmeldet',
  'store.plan.setup': '{{amount}} einmalig für die Einrichtung',
  'store.plan.choose': '{{name}} wählen',
  'store.term.hour_one': '1 Stunde',
  'store.term.hour_other': '{{count}} Stunden',
  'store.term.day_one': '1 Tag',
  'store.term.day_other': '{{count}} Tage',
  'store.term.month_one': '1 Monat',
  'store.term.month_other': '{{count}} Monate',
  'store.term.year_one': '1 Jahr',
  'store.term.year_other': '{{count}} Jahre',
  'store.renewal.yes':
    'Eine Verlängerung kostet {{amount}} für weitere {{term}}. Wir erinnern Sie vor dem Ende; ohne Sie wird nichts abgebucht.',
  'store.renewal.none': 'Endet nach {{term}} von selbst. Er verlängert sich nicht.',
  'store.renewal.trial': 'Endet nach {{term}} von selbst. Danach wird nichts abgebucht.',
  'store.faq.title': 'Fragen und Antworten',
  'store.faq.soon': 'Wie schnell kann ich schauen?',
  'store.faq.soon.a':
    'Meist innerhalb einer Minute nach Ihrer Zahlung. Dauert es länger, sagt die Seite, warum, und Sie bekommen eine E-Mail, sobald Ihr Login bereit ist.',
  'store.faq.device': 'Was brauche ich?',
  'store.faq.device.a':
    'Ein Gerät mit einem Xtream-kompatiblen Player und eine Internetverbindung mit etwa 10 Mbit/s pro Bildschirm. Für jede Art von Gerät gibt es eine Anleitung.',
  'store.faq.renew': 'Was geschieht, wenn mein Tarif endet?',
  'store.faq.renew.a':
    'Wir erinnern Sie einige Tage vorher. Wenn Sie verlängern, kommt die Zeit zur restlichen hinzu und Ihr Login bleibt gleich. Wenn nicht, wird nichts abgebucht.',
  'store.faq.login': 'Brauche ich ein Konto?',
  'store.faq.login.a':
    'Nein. Zum Kaufen genügt Ihre E-Mail-Adresse. Später können Sie sich mit einem Link anmelden, den wir Ihnen mailen.',
  'store.faq.refund': 'Kann ich mein Geld zurückbekommen?',
  'store.faq.refund.a':
    'Wenn etwas nicht funktioniert, schreiben Sie uns: Wir helfen, oder wir zahlen es zurück, wie es in unseren AGB steht.',
  'store.faq.more': 'Noch etwas?',
  'store.faq.guides': 'Zu den Anleitungen',
  'store.checkout.title': 'Kasse',
  'store.checkout.back': 'Alle Tarife',
  'store.checkout.addOns': 'Noch etwas dazu?',
  'store.checkout.addOns.from': 'Ab {{count}} je {{amount}}.',
  'store.summary.each': 'je {{amount}}',
  'store.checkout.addOns.each': 'je {{amount}} für {{term}}. Es verlängert sich mit Ihrem Tarif.',
  'store.checkout.sum': 'Summe aktualisieren',
  'store.checkout.sum.moved':
    'Mit Ihrer Auswahl sind es jetzt {{amount}}. Bitte sehen Sie noch einmal hin und bestellen Sie dann.',
  'store.checkout.you': 'Wohin schicken wir Ihr Login?',
  'store.checkout.email': 'E-Mail-Adresse',
  'store.checkout.email.hint':
    'Dorthin bekommen Sie Ihr TV-Login, Ihren Beleg und Erinnerungen, bevor Ihr Tarif endet.',
  'store.checkout.where': 'Wo wohnen Sie?',
  'store.checkout.country': 'Land',
  'store.checkout.country.hint': 'Davon hängt die Steuer ab.',
  'store.checkout.country.choose': 'Bitte wählen',
  'store.checkout.state': 'Bundesstaat',
  'store.checkout.state.hint': 'In den Vereinigten Staaten, mit seinen zwei Buchstaben.',
  'store.checkout.vatId': 'USt-IdNr.',
  'store.checkout.vatId.hint': 'Nur wenn Sie für ein Unternehmen kaufen.',
  'store.checkout.device': 'Ihr Gerät',
  'store.checkout.device.ask': 'Worauf schauen Sie?',
  'store.checkout.device.hint':
    'Davon hängt nur ab, welche Anleitung Sie sehen. Sie können jederzeit ein anderes Gerät benutzen.',
  'store.checkout.pair':
    'Sie bekommen ein Login für Apps und Player, und Ihre Box läuft ebenfalls. Beides gehört zu einem Abo.',
  'store.checkout.mac': 'MAC-Adresse Ihrer Box',
  'store.checkout.login': 'Ihr TV-Login',
  'store.checkout.username': 'Wunschname',
  'store.checkout.username.hint':
    'Lassen Sie das Feld leer, und wir wählen einen. 3 bis 24 Buchstaben (a–z), Ziffern, Punkte oder Striche.',
  'store.checkout.username.chosen': '3 bis 24 Buchstaben (a–z), Ziffern, Punkte oder Striche.',
  'store.checkout.username.check': 'Prüfen',
  'store.checkout.password': 'TV-Passwort',
  'store.checkout.password.hint':
    'Lassen Sie das Feld leer, und wir wählen eines. 8 bis 32 Buchstaben und Ziffern, damit jeder Player es annimmt.',
  'store.checkout.pay': 'Zahlung',
  'store.checkout.consent': 'Ja, {{name}} darf mir Angebote per E-Mail schicken. Ich kann mich jederzeit abmelden.',
  'store.checkout.order': 'Bestellen',
  'store.checkout.orderFor': 'Zahlungspflichtig bestellen: {{amount}}',
  'store.checkout.orderFree': 'Kostenlos beginnen',
  'store.checkout.agree': 'Mit Ihrer Bestellung stimmen Sie zu:',
  'store.username.free': '{{username}} ist frei.',
  'store.username.taken.next': '{{asked}} ist vergeben. Wir würden {{username}} nehmen.',
  'store.username.taken.ask': '{{asked}} ist vergeben. {{username}} ist frei.',
  'store.username.taken.refuse': '{{asked}} ist vergeben. Bitte wählen Sie einen anderen.',
  'store.username.invalid':
    'Ein Benutzername hat 3 bis 24 Buchstaben (a–z), Ziffern, Punkte, Binde- oder Unterstriche und beginnt mit einem Buchstaben oder einer Ziffer.',
  'store.quote.title': 'Unser Angebot für Sie',
  'store.quote.screens': 'Bildschirme',
  'store.quote.for': 'Für',
  'store.quote.accept': 'Annehmen und bestellen',
  'store.quote.expired': 'Dieses Angebot ist abgelaufen. Bitte fragen Sie uns nach einem neuen.',
  'store.quote.withdrawn': 'Dieses Angebot gilt nicht mehr.',
  'store.redeem.title': 'Gutschein einlösen',
  'store.redeem.lead': 'Ihre Zeit beginnt jetzt, nicht als der Gutschein gekauft wurde.',
  'store.redeem.code': 'Gutscheincode',
  'store.redeem.code.hint':
    'Sechzehn Buchstaben und Ziffern, wie sie gedruckt sind. Striche und Großschreibung sind egal.',
  'store.redeem.look': 'Weiter',
  'store.redeem.good': 'Gilt für: {{plan}}',
  'store.redeem.go': 'Einlösen',
  'store.redeem.account': 'Ich habe schon einen Anschluss',
  'store.nav.redeem': 'Gutschein einlösen',
  'store.coupon.title': 'Haben Sie einen Rabattcode?',
  'store.coupon.code': 'Rabattcode',
  'store.coupon.apply': 'Anwenden',
  'store.coupon.applied': '{{code}} ist angewendet.',
  'store.coupon.row': 'Rabattcode {{code}}',
  'store.coupon.always': 'Der Rabatt gilt, solange Sie verlängern.',
  'store.coupon.once': 'Der Rabatt gilt für den ersten Zeitraum. Der volle Preis gilt ab',
  'store.coupon.some':
    'Mit dem Rabatt zahlen Sie {{amount}} für jeden der ersten {{count}} Zeiträume von {{term}}. Der volle Preis gilt ab',
  'store.summary.title': 'Ihre Bestellung',
  'store.summary.setup': 'Einrichtung, einmalig',
  'store.refund.claim': '{{amount}} warten auf Sie',
  'store.refund.claim.lead':
    'Münzen können nicht den Weg zurückgehen, den sie kamen: Sagen Sie, wohin sie geschickt werden sollen. Der Betrag wird zum Kurs dieses Augenblicks gezahlt.',
  'store.refund.claim.go': 'Erstattung abholen',
  'store.summary.today': 'Heute zu zahlen',
  'store.summary.tax.name': 'Steuer',
  'store.summary.tax.included': 'Die Preise enthalten Steuer. Wie viel, hängt von Ihrem Land ab.',
  'store.summary.tax.added': 'Steuer kommt hinzu. Wie viel, hängt von Ihrem Land ab.',
  'store.summary.tax.in': 'Enthaltene Steuer, {{rate}} %',
  'store.summary.tax.on': 'Steuer, {{rate}} %',
  'store.summary.refund':
    'Funktioniert etwas nicht? Schreiben Sie uns: Wir helfen oder zahlen es zurück, wie es in unseren AGB steht.',
  'store.pay.how': 'Wie möchten Sie bezahlen?',
  'store.pay.redirect': 'Sie gehen zur Zahlungsseite und kommen hierher zurück.',
  'store.pay.instructions': 'Sie bekommen eine Anleitung. Sobald das Geld da ist, geht es weiter.',
  'store.pay.none': 'Zurzeit gibt es keine Zahlungsart. Bitte kommen Sie später wieder oder schreiben Sie uns.',
  'store.pay.button': '{{amount}} bezahlen',
  'store.pay.other': 'Anders bezahlen',
  'store.pay.goOn': 'Ihre Zahlung wurde begonnen und nicht beendet. Es wurde nichts abgebucht.',
  'store.pay.goOn.button': 'Weiter und {{amount}} bezahlen',
  'store.pay.failed': 'Die Zahlung hat nicht geklappt',
  'store.pay.failed.next':
    'Es wurde nichts abgebucht. Versuchen Sie es noch einmal oder wählen Sie eine andere Zahlungsart.',
  'store.pay.instructions.title': 'So bezahlen Sie',
  'store.pay.instructions.next':
    'Das kann ein bis zwei Tage dauern. Wenn das Geld da ist, richten wir alles von selbst ein und schreiben an {{email}}.',
  'store.pay.amount': 'Betrag',
  'store.pay.reference': 'Verwendungszweck',
  'store.pay.transfer.holder': 'Kontoinhaber',
  'store.pay.transfer.iban': 'IBAN',
  'store.pay.transfer.bic': 'BIC',
  'store.pay.transfer.bank': 'Bank',
  'store.pay.transfer.qr': 'Mit Ihrer Banking-App scannen',
  'store.pay.transfer.qr.what': 'die ausgefüllte Überweisung',
  'store.pay.transfer.reference.why':
    'Bitte übernehmen Sie den Verwendungszweck genau so, wie er hier steht: Daran erkennen wir Ihr Geld.',
  'store.order.title.awaiting_payment': 'Ihre Bestellung wartet auf die Zahlung',
  'store.order.title.processing': 'Ihre Zahlung ist unterwegs',
  'store.order.title.setting_up': 'Wir legen Ihr TV-Login an',
  'store.order.title.delayed': 'Es dauert etwas länger',
  'store.order.title.needs_review': 'Wir kümmern uns darum',
  'store.order.title.ready': 'Ihr TV-Login ist bereit',
  'store.order.title.canceled': 'Diese Bestellung wurde storniert',
  'store.order.title.refunded': 'Diese Bestellung wurde erstattet',
  'store.order.about': 'Bestellung {{number}}: {{plan}}',
  'store.order.keptUntil': 'Wir halten diese Bestellung bereit bis',
  'store.order.cancel': 'Bestellung stornieren',
  'store.order.canceledNow': 'Ihre Bestellung ist storniert. Es wurde nichts abgebucht.',
  'store.order.again': 'Noch einmal bestellen',
  'store.order.over.canceled':
    'Es wurde nichts abgebucht. Ist noch Geld von Ihnen unterwegs, wird es für Sie aufbewahrt und Sie bekommen es zurück.',
  'store.order.over.ended':
    'Der Zugang, den diese Bestellung bezahlt hat, ist beendet. Schreiben Sie uns, wenn Sie das überrascht.',
  'store.order.over.refunded': 'Sie haben Ihr Geld zurückbekommen, und das TV-Login ist beendet.',
  'store.order.next.processing':
    'Wir warten auf Ihre Bank oder das Zahlungsnetz. Sie müssen nicht hierbleiben: Wir schreiben an {{email}}, wenn es da ist.',
  'store.order.next.late': 'Das Login erscheint hier von selbst und geht auch an {{email}}.',
  'store.order.next.setting_up':
    'Das dauert einige Sekunden. Das Login erscheint hier von selbst und geht auch an {{email}}.',
  'store.order.resent': 'Ihr TV-Login ist auf dem Weg in Ihr Postfach.',
  'store.step.ordered': 'Bestellung erhalten',
  'store.step.paying': 'Warten auf die Zahlung',
  'store.step.paid': 'Zahlung erhalten',
  'store.step.creating': 'Ihr TV-Login wird angelegt',
  'store.step.creating.detail': 'Der TV-Server wird gefragt.',
  'store.step.delayed': 'Ihr TV-Login wird mit Verzögerung angelegt',
  'store.step.delayed.detail': 'Siehe unten.',
  'store.step.ready': 'Bereit',
  'store.step.ready.detail': 'Login, Links und die Anleitung für Ihr Gerät.',
  'store.delay.title': 'Ihre Zahlung ist da; nichts ist verloren',
  'store.delay.down':
    'Der TV-Server antwortet nicht. Wir versuchen es weiter und schreiben an {{email}}, sobald es klappt. Meist dauert es weniger als 15 Minuten. Sie müssen nichts tun.',
  'store.delay.rests':
    'Ihr Zugang ist zurzeit gesperrt; die TV-Zugangsdaten entstehen daher später. Schreiben Sie uns, wenn Sie das überrascht.',
  'store.delay.review':
    'Der TV-Server hat die Einrichtung nicht angenommen. Unser Team weiß es und sieht es sich an; wir schreiben an {{email}}, sobald es klappt. Sie müssen nichts tun.',
  'store.delay.next': 'Der nächste Versuch ist um',
  'store.delay.support': 'Schreiben Sie uns zu dieser Bestellung',
  'store.ready.otherName': '{{asked}} war vergeben, Ihr Benutzername ist daher {{username}}',
  'store.ready.otherName.why': 'Jemand anders war schneller. Bitte benutzen Sie den Namen unten.',
  'store.ready.plan': 'Tarif',
  'store.ready.until': 'Bezahlt bis',
  'store.ready.connections': 'Bildschirme',
  'store.ready.guide': 'Gerät einrichten',
  'store.ready.resend': 'Noch einmal per E-Mail schicken',
  'store.ready.keep':
    'Das Login ging auch an {{email}}. Um später zu verlängern oder etwas zu ändern, melden Sie sich mit dieser Adresse an.',
  'store.ready.changed': 'Das TV-Login wurde seitdem geändert',
  'store.ready.changed.lead': 'Das neue steht nur in Ihrem Konto, nach der Anmeldung.',
  'store.ready.off': 'Dieses TV-Login kann zurzeit nicht benutzt werden',
  'store.ready.off.lead': 'Ihr Konto sagt, warum und was zu tun ist.',
  'store.ready.account': 'Ihr Konto öffnen',
  'store.login.title': 'Ihr TV-Login',
  'store.login.server': 'Server',
  'store.login.port': 'Port',
  'store.login.username': 'Benutzername',
  'store.login.password': 'TV-Passwort',
  'store.login.m3u': 'M3U-Link',
  'store.login.epg': 'EPG-Link (TV-Programm)',
  'store.login.portal': 'Portal-Adresse',
  'store.login.mac': 'MAC-Adresse',
  'store.login.codes': 'Links als QR-Codes',
  'store.renew.title': '{{name}} verlängern',
  'store.renew.now': 'Bezahlt bis jetzt',
  'store.renew.ended': 'War bezahlt bis',
  'store.renew.then': 'Nach der Verlängerung',
  'store.renew.early': 'Die neue Zeit, {{term}}, kommt zur restlichen hinzu. Ihr TV-Login bleibt gleich.',
  'store.renew.grace': 'Ihr TV blieb an, darum zählt die neue Zeit, {{term}}, ab {{day}}. Ihr TV-Login bleibt gleich.',
  'store.renew.late':
    'Das TV war aus, darum zählt die neue Zeit, {{term}}, ab {{day}}: Tage ohne TV kosten nichts. Ihr TV-Login bleibt gleich.',
  'store.renew.part':
    'Diesmal ist es kein ganzer Zeitraum: Er endet an dem Tag, an dem Ihre Anschlüsse gemeinsam verlängert werden. Der Preis gilt genau für diese Zeit.',
  'store.renew.sum': 'Zu zahlen',
  'store.renew.cannot': 'Dieser Tarif kann nicht verlängert werden',
  'store.renew.cannot.lead': 'Wählen Sie einen passenden Tarif; es dauert zwei Minuten.',
  'store.renew.plans': 'Zu den Tarifen',
  'store.invoice.title': 'Rechnung',
  'store.invoice.pay': 'Rechnung bezahlen',
  'store.payAt.title': 'Weiter zur Zahlungsseite',
  'store.payAt.go': 'Weiter',
  'store.invoice.pdf': 'Als PDF speichern',
  'store.invoice.paid': 'Bezahlt. Vielen Dank',
  'store.invoice.until': 'Ihr Tarif läuft jetzt bis',
  'store.invoice.extending': 'Ihr Tarif wird verlängert; das neue Datum erscheint hier gleich.',
  'store.invoice.thanks': 'Ein Beleg liegt in Ihrem Postfach.',
  'store.invoice.awaited': 'Ihre Zahlung ist unterwegs',
  'store.invoice.awaited.lead':
    'Wir fragen bei der Zahlungsseite nach. Sie müssen nicht hierbleiben: Wir schreiben Ihnen, sobald das Geld da ist.',
  'store.invoice.closed': 'Diese Rechnung ist abgeschlossen: Es ist nichts zu zahlen.',
  'store.help.title': 'Gerät einrichten',
  'store.help.lead': 'Worauf schauen Sie? Jede Anleitung passt auf eine Seite und lässt sich drucken.',
  'store.guide.title': 'Einrichten: {{device}}',
  'store.guide.back': 'Alle Geräte',
  'store.guide.where': 'Ihr TV-Login steht in der E-Mail, die Sie nach der Zahlung bekommen haben, und hier:',
  'store.guide.trouble': 'Wenn es nicht funktioniert',
  'store.guide.support': 'Kommen Sie nicht weiter? Schreiben Sie uns:',
  'store.unsubscribe.title': 'Angebote per E-Mail',
  'store.unsubscribe.ask': 'Möchten Sie keine Angebote mehr von uns?',
  'store.unsubscribe.none': 'Sie bekommen keine Angebote von uns.',
  'store.unsubscribe.button': 'Abmelden',
  'store.unsubscribe.done': 'Erledigt. Sie bekommen keine Angebote mehr von uns.',
  'store.unsubscribe.service': 'E-Mails zu Ihren Käufen, wie Login, Belege und Erinnerungen, kommen weiterhin.',
  'store.terms.default': `# Was Sie kaufen
{{name}} verkauft Zugang zu einem TV-Dienst für die Zeit und die Zahl der Bildschirme, die der Tarif nennt. Preis, Laufzeit und was am Ende geschieht stehen vor der Bestellung bei jedem Tarif.

# Bestellen und bezahlen
Ihre Bestellung ist verbindlich, wenn Sie auf die Schaltfläche zum Bestellen drücken. Sie zahlen im Voraus. Am Ende eines Tarifs wird ohne Sie nichts abgebucht: Wir erinnern Sie, und Sie verlängern, wenn Sie möchten.

# Ihr TV-Login
Das Login ist für Sie und Ihren Haushalt. Geben Sie es nicht weiter und verkaufen Sie es nicht. Sind mehr Bildschirme offen, als der Tarif erlaubt, kann der Dienst weitere ablehnen.

# Wenn etwas nicht funktioniert
Schreiben Sie uns: {{contact}}. Wir bringen es in Ordnung. Können wir das nicht, bekommen Sie zurück, was Sie für die Zeit bezahlt haben, in der Sie nicht schauen konnten.

# Das Ende
Ein Tarif endet von selbst, wenn seine Zeit vorbei ist und er nicht verlängert wurde. Wird das Login missbraucht, können wir ihn früher beenden; wir sagen Ihnen, warum.

# Rechte
{{name}} ist für die Rechte an allem verantwortlich, was dort verbreitet wird.`,
  'store.privacy.default': `# Was wir speichern
Ihre E-Mail-Adresse, was Sie bestellt und bezahlt haben, Ihr TV-Login, die E-Mails an Sie und wann Sie sich angemeldet haben. Wenn Sie Namen, Anschrift oder Steuernummer angegeben haben, auch diese. Ihre Kartennummer sehen wir nie: Die hat der Zahlungsdienst.

# Wofür
Um zu liefern, was Sie gekauft haben, Sie vor dem Ende zu erinnern, Ihre Fragen zu beantworten und die Bücher zu führen, die das Gesetz verlangt. Angebote bekommt nur, wer zugestimmt hat, und jedes enthält einen Link zum Abmelden.

# Wer etwas bekommt
Der Zahlungsdienst, den Sie wählen, bekommt, was er für Ihre Zahlung braucht. Sonst bekommt niemand etwas, und keine andere Website wird in diese Seiten geladen.

# Wie lange
Solange Sie Kunde sind; Rechnungen so lange, wie das Gesetz es verlangt. Was nicht mehr gebraucht wird, wird gelöscht.

# Ihre Rechte
Sie können fragen, was wir über Sie speichern, es berichtigen, herausgeben oder löschen lassen. Schreiben Sie an {{name}}: {{contact}}.`,
} as const
