/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How two halves of a split driver find each other and agree: directories in xenstore and a state
 * each. A half writes only below its own directory and only its own state; it learns of the other's
 * by a watch.
 *
 *     frontend                                     backend
 *     --------                                     -------
 *     Initialising (the toolstack made both)       Initialising
 *                                                   o open what serves the device
 *                                                   o publish features
 *                                                  InitWait
 *      o read features, make rings and channels
 *      o publish them
 *     Initialised
 *                                                   o map the rings, bind the channels
 *                                                   o publish the device's properties
 *                                                  Connected
 *      o read the properties, register the device
 *     Connected
 *
 *     Closing  (either half, or the toolstack in the backend's name)
 *      o wait until nobody uses the device
 *     Closed
 *                                                   o unmap everything
 *                                                  Closed
 *
 * Allowed for a backend besides: from anywhere, when the frontend is at Initialising again, back to
 * InitWait (the frontend was reloaded, or its kernel was and took no leave); from a fresh start
 * straight to Connected, when the frontend already is Initialised or Connected (the backend was
 * reloaded: it takes the ring up where the responses end).
 */
#ifndef SHOJI_XEN_IO_XENBUS_H
#define SHOJI_XEN_IO_XENBUS_H

/* The kernel's own headers define the states there; these are the same numbers. */
#ifndef __KERNEL__
enum xenbus_state {
	XenbusStateUnknown = 0,
	XenbusStateInitialising = 1,
	XenbusStateInitWait = 2,
	XenbusStateInitialised = 3,
	XenbusStateConnected = 4,
	XenbusStateClosing = 5,
	XenbusStateClosed = 6,
	XenbusStateReconfiguring = 7,
	XenbusStateReconfigured = 8,
};
#endif

#endif
