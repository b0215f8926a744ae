"""Course Requests: what may be chosen, who may do what with a request, what the school sees. Simulated: DOMAIN section 7."""
