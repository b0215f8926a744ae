"""What is to be changed on the portal, what is held, and why. Pure: the service opens files and asks the portal."""
