import { Alert, Banner } from '../ui/alert.tsx'
import { Badge } from '../ui/badge.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { DescriptionList } from '../ui/description-list.tsx'
import { Confirm, Dialog } from '../ui/dialog.tsx'
import { EmptyState, ErrorState } from '../ui/empty-state.tsx'
import { FormErrors } from '../ui/form-errors.tsx'
import { Count, Money, When } from '../ui/format.tsx'
import { Menu, MenuButton, MenuLink } from '../ui/menu.tsx'
import { Progress, Skeleton } from '../ui/progress.tsx'
import { StateBadge } from '../ui/state-badge.tsx'
import { type StateOf, stateTones } from '../ui/states.ts'
import { Steps } from '../ui/steps.tsx'
import { Timeline } from '../ui/timeline.tsx'
import { Tooltip } from '../ui/tooltip.tsx'
import { Columns, Row, Section } from './section.tsx'

/** Everything that tells: states, messages, progress, history. */
export function Feedback({ price }: { price: { minor: bigint; currency: string } }) {
  return (
    <>
      <Section title="States">
        {Object.entries(stateTones).map(([of, states]) => (
          <Row key={of}>
            <span className="w-24 text-sm text-muted">{of}</span>
            {Object.keys(states).map((state) => (
              <StateBadge
                key={state}
                of={of as StateOf}
                state={state}
                reason="The panel did not answer for 10 s"
                at="2026-11-21T11:58:00Z"
              />
            ))}
          </Row>
        ))}
        <Row>
          <Badge>Draft</Badge>
          <Badge tone="brand">Best value</Badge>
          <Badge tone="warn">Test</Badge>
        </Row>
      </Section>
      <Section title="Messages">
        <Banner tone="warn">
          The panel Frankfurt A has not answered since 14:02. Lines there wait; nothing is lost.
        </Banner>
        <Alert tone="good" title="Line created">
          ana84-2 answers on Frankfurt A.
        </Alert>
        <Alert tone="info">We are waiting for your bank. You can close this page; we write when it arrives.</Alert>
        <Alert
          tone="warn"
          title="Your payment arrived; the TV server is not answering"
          actions={<LinkButton to="/kit">Contact support</LinkButton>}
        >
          We keep trying and will e-mail you. Usually under 15 minutes.
        </Alert>
        <FormErrors
          failure={{
            failed: true,
            code: 'invalid_input',
            message: 'Two fields need another look',
            errors: { mac: 'That MAC address has 5 pairs; it needs 6.', email: 'Please enter your e-mail address.' },
            values: {},
          }}
        />
      </Section>
      <Section title="Amounts and times">
        <Row>
          <Money value={price} />
          <Count value={1284} />
          <When at="2026-11-24T12:00:00Z" />
          <When at="2026-11-28T12:00:00Z" as="both" />
          <When at="2026-11-21T09:30:00Z" as="exact" />
          <Tooltip text="Read from the panel 2 minutes ago">
            <Button type="button">Point here</Button>
          </Tooltip>
        </Row>
      </Section>
      <Section title="Menu and dialog">
        <Row>
          <Menu label="More">
            <MenuLink to="/kit">Move to another panel</MenuLink>
            <MenuButton type="button">Reset TV login</MenuButton>
            <MenuButton type="button" danger>
              End line
            </MenuButton>
          </Menu>
          <Dialog id="end-line" trigger="End line" look="danger" title="End line ana84?">
            <Confirm
              confirm="End line"
              keep={{ label: 'Keep it', dialog: 'end-line' }}
              typed={{ label: 'Type ana84 to confirm', text: 'ana84' }}
            >
              It stops at once on all devices. 14 paid days are lost.
            </Confirm>
          </Dialog>
        </Row>
      </Section>
      <Columns>
        <Section title="Steps">
          <Steps
            steps={[
              { label: 'Payment received', state: 'done', detail: <When at="2026-11-21T11:59:40Z" /> },
              { label: 'Creating your line', state: 'current', detail: 'Usually under 15 seconds' },
              { label: 'Ready', state: 'next' },
            ]}
          />
        </Section>
        <Section title="History">
          <Timeline
            items={[
              {
                id: '3',
                at: '2026-11-21T11:00:00Z',
                title: 'Suspended',
                tone: 'bad',
                actor: 'rule suspend +3 d',
                detail: 'Invoice 2026-0042 is unpaid since 18 Nov.',
              },
              { id: '2', at: '2026-11-18T08:00:00Z', title: 'Payment declined', tone: 'warn', actor: 'Stripe' },
              { id: '1', at: '2026-10-18T08:00:00Z', title: 'Renewed for 1 month', tone: 'good' },
            ]}
          />
        </Section>
        <Section title="Record">
          <DescriptionList
            items={[
              { label: 'Plan', value: 'Monthly, 2 connections' },
              { label: 'User name', value: 'ana84-2', code: true },
              { label: 'Expires', value: <When at="2026-11-28T12:00:00Z" as="both" /> },
              { label: 'Left out', value: null },
            ]}
          />
        </Section>
        <Section title="Progress">
          <Progress label="Extending lines" value={320} max={500} />
          <Progress label="Connections" value={2} max={2} tone="warn" text="2 of 2 in use" />
          <Skeleton />
        </Section>
        <Section title="Nothing yet">
          <EmptyState title="No customers yet" actions={<Button look="primary">Add customer</Button>}>
            They appear here with their first order, or when you import a list.
          </EmptyState>
        </Section>
        <Section title="Could not be read">
          <ErrorState actions={<Button>Try again</Button>}>
            The panel Frankfurt A did not answer for 10 s. Nothing was changed. We try again at 14:05.
          </ErrorState>
        </Section>
      </Columns>
    </>
  )
}
