import { Link } from 'react-router'

/** The person behind something, by his name, or by his address when he told no name. */
export const CustomerLink = ({ customer }: { customer: { id: string; name: string; email?: string } }) => (
  <Link to={`/admin/customers/${customer.id}`} className="text-brand hover:underline">
    <bdi className="break-words">{customer.name || customer.email}</bdi>
  </Link>
)
