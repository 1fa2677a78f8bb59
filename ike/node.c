/*
 * Nodes, IOS's word for the exchanges of an SA: made, found by message ID, ended, forgotten. Their number is bounded.
 */
#include "ike/table.h"

#include <stdlib.h>

void ike_qm_free(struct ike *e, struct ike_qm *qm)
{
	if (!qm)
		return;
	if (qm->dh.number) {
		dbg_engine_dh_deleting(e, 2, qm->dh.number);
		dbg_engine_dh_deleted(e);
	}
	ike_dh_wipe(&qm->dh);
	ike_blob_clear(&qm->transform);
	ike_blob_clear(&qm->idci);
	ike_blob_clear(&qm->idcr);
	wipe(qm, sizeof(*qm));
	free(qm);
}

/* Those that are done answer duplicates, the oldest the least likely; one that this call ended may still be in use. */
static void make_room(struct ike *e, struct ike_sa *sa)
{
	struct ike_node *n;

	TAILQ_FOREACH (n, &sa->nodes, link) {
		if (n->done && n->purge_ms < ike_now(e) + IKE_NODE_PURGE_MS)
			break;
	}
	if (n)
		ike_node_free(e, sa, n);
}

struct ike_node *ike_node_new(struct ike *e, struct ike_sa *sa, uint32_t mid, bool initiator)
{
	struct ike_node *n;

	if (sa->node_count >= IKE_NODES_MAX)
		make_room(e, sa);
	if (sa->node_count >= IKE_NODES_MAX)
		return NULL;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->mid = mid;
	n->state = IKE_QM_READY;
	n->initiator = initiator;
	n->resend_ms = n->purge_ms = IKE_NEVER;
	TAILQ_INSERT_TAIL(&sa->nodes, n, link);
	sa->node_count++;
	return n;
}

void ike_node_free(struct ike *e, struct ike_sa *sa, struct ike_node *n)
{
	TAILQ_REMOVE(&sa->nodes, n, link);
	sa->node_count--;
	ike_step_cancel(n->step);
	ike_blob_clear(&n->in);
	ike_blob_clear(&n->out);
	ike_qm_free(e, n->qm);
	wipe(n, sizeof(*n));
	free(n);
}

struct ike_node *ike_node_find(struct ike_sa *sa, uint32_t mid)
{
	struct ike_node *n;

	TAILQ_FOREACH (n, &sa->nodes, link) {
		if (n->mid == mid)
			return n;
	}
	return NULL;
}

struct ike_node *ike_node_of_ident(struct ike_sa *sa, uint32_t ident)
{
	struct ike_node *n;

	TAILQ_FOREACH (n, &sa->nodes, link) {
		if (n->initiator && !n->done && !(n->qm && n->qm->yielded) && n->ident == ident)
			return n;
	}
	return NULL;
}

void ike_node_done(struct ike *e, struct ike_sa *sa, struct ike_node *n, bool error, const char *reason)
{
	IKE_ABOUT(e, .sa = sa);

	if (n->done)
		return;
	if (error)
		dbg_node_failed(e, sa->conn_id, (int32_t)n->mid, reason);
	else
		dbg_node_deleting(e, sa->conn_id, (int32_t)n->mid, reason);
	ike_step_cancel(n->step);
	n->done = true;
	n->rejected = error;
	n->resend_ms = IKE_NEVER;
	n->purge_ms = ike_now(e) + IKE_NODE_PURGE_MS;
}
