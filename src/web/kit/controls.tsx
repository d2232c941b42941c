import { Plus, RefreshCw } from 'lucide-react'
import { Badge } from '../ui/badge.tsx'
import { Button, IconButton, LinkButton } from '../ui/button.tsx'
import { Checkbox, RadioCards, Switch } from '../ui/choice.tsx'
import { CopyAll, CopyField, SecretField } from '../ui/copy-field.tsx'
import { Field, FieldGroup } from '../ui/field.tsx'
import { Input, Select, Textarea } from '../ui/input.tsx'
import { QrCode } from '../ui/qr-code.tsx'
import { DateInput, MacInput, MoneyInput, SecretInput } from '../ui/special-inputs.tsx'
import { Columns, Row, Section } from './section.tsx'

/** Everything that is pressed, typed and chosen; the same on plain pages and in the console. */
export function Controls() {
  return (
    <>
      <Section title="Buttons">
        <Row>
          <Button look="primary">Create line</Button>
          <Button>Send reminder</Button>
          <Button look="quiet">Cancel</Button>
          <Button look="danger">End line</Button>
          <Button look="primary" disabled>
            Extend 12 lines
          </Button>
        </Row>
        <Row>
          <Button dense icon={<Plus aria-hidden="true" className="size-4" />}>
            Add note
          </Button>
          <LinkButton to="/kit">Open invoice</LinkButton>
          <LinkButton look="primary" dense href="https://example.net">
            Another host
          </LinkButton>
          <IconButton label="Read the panel again">
            <RefreshCw aria-hidden="true" className="size-4" />
          </IconButton>
        </Row>
        <Button look="primary" wide>
          Pay 10.99 EUR
        </Button>
      </Section>
      <Section title="Fields">
        <Columns>
          <Field label="E-mail" hint="Your login is sent there.">
            {(tied) => (
              <Input {...tied} type="email" name="email" autoComplete="email" defaultValue="ana@example.net" />
            )}
          </Field>
          <Field label="User name" optional error="ana84 is taken; we would use ana84-2.">
            {(tied) => <Input {...tied} name="username" code defaultValue="ana84" />}
          </Field>
          <Field label="Panel">
            {(tied) => <Select {...tied} name="panel" empty="Choose a panel" options={panels} />}
          </Field>
          <Field label="Locked">
            {(tied) => <Input {...tied} name="locked" defaultValue="cannot be changed" disabled />}
          </Field>
          <Field label="MAC address" hint="Six pairs, like 00:1A:79:12:34:56.">
            {(tied) => <MacInput {...tied} name="mac" />}
          </Field>
          <Field label="Price">
            {(tied) => (
              <MoneyInput {...tied} name="price" currency="EUR" defaultValue={{ amount: 1099, currency: 'EUR' }} />
            )}
          </Field>
          <Field label="Expires on">{(tied) => <DateInput {...tied} name="expires" defaultValue="2026-11-28" />}</Field>
          <Field label="API key" hint="Leave it empty to keep the stored one.">
            {(tied) => <SecretInput {...tied} name="api_key" />}
          </Field>
        </Columns>
        <Field label="Note">
          {(tied) => <Textarea {...tied} name="note" placeholder="What should the next person know?" />}
        </Field>
      </Section>
      <Section title="Choices">
        <Columns>
          <div className="flex flex-col gap-2">
            <Checkbox label="Tell me about offers" hint="At most once a month; one click ends it." name="consent" />
            <Checkbox
              label="I hold the rights to what is distributed"
              name="rights"
              error="Please confirm this to go live."
            />
            <Switch label="Renew automatically" name="renew" defaultChecked />
            <Switch label="Pause reminders" name="pause" />
          </div>
          <FieldGroup legend="Your device">
            <RadioCards
              name="device"
              defaultValue="stick"
              options={[
                { value: 'stick', label: 'TV stick', hint: 'Fire TV, Chromecast, Android TV' },
                {
                  value: 'mag',
                  label: 'MAG or Formuler',
                  hint: 'Asks for its MAC address',
                  aside: <Badge tone="brand">New</Badge>,
                },
                { value: 'radio', label: 'Radio', hint: 'Not offered yet', disabled: true },
              ]}
            />
          </FieldGroup>
        </Columns>
      </Section>
      <Section title="Credentials">
        <Columns>
          <div className="flex flex-col gap-4">
            <CopyField label="User name" value="ana84-2" />
            <SecretField label="TV login password" value="k7fw-2mqx-91" />
            <CopyField
              label="M3U link"
              value="http://tv.example.net:8080/get.php?username=ana84-2&type=m3u_plus&output=ts"
            />
            <Row>
              <CopyAll fields={[{ label: 'User name', value: 'ana84-2' }]} />
            </Row>
          </div>
          <QrCode value="http://tv.example.net:8080/get.php?username=ana84-2" what="the M3U link" />
        </Columns>
      </Section>
    </>
  )
}

const panels = [
  { value: 'fra', label: 'Frankfurt A' },
  { value: 'ams', label: 'Amsterdam, maintenance', disabled: true },
]
