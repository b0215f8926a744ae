"""Course Requests: what may be chosen, who may do what with a request, what the school sees. Simulated: how the real ones work is not public."""
